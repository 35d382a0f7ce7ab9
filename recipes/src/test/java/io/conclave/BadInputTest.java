package io.conclave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.fencing.FencingGate;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.Query;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bar 11: bad configuration, names, paths, payloads and numbers (fault-matrix.md): a documented exception at the call, nothing left behind. */
@Timeout(30)
class BadInputTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final List<String> BAD_PATHS = List.of(
            "",
            "/",
            "//",
            "/a/",
            "a",
            "/a//b",
            "/.",
            "/a/../b",
            "/a/..",
            "/a\0",
            "/a\nb",
            "/\ud800",
            "/" + "x".repeat(256),
            "/ab".repeat(2_000),
            "/.conclave",
            "/.conclave/epoch");

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void urlsThatCanNeverWorkAreRefusedWithAReason() {
        for (String url : List.of(
                "",
                "   ",
                "nowhere",
                "inmemory:a b",
                "inmemory:x?maxPayload=0",
                "inmemory:x?maxPayload=many",
                "inmemory:x?sessionTimeout=0s",
                "inmemory:x?sessionTimeout=soon",
                "inmemory:x?sessionTimeout=1s&sessionTimeout=2s",
                "zookeper:x",
                "scripted://u:secret@h:1")) {
            assertThatThrownBy(() -> Conclave.connect(url))
                    .as(url)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("secret");
        }
        assertThatThrownBy(() -> Conclave.connect(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Conclave.connect("inmemory:x?sesionTimeout=1s"))
                .hasMessageContaining("sessionTimeout");
        assertThatThrownBy(() -> Conclave.connect("inmemry:x")).hasMessageContaining("inmemory");
    }

    @Test
    void optionsThatCanNeverWorkAreRefusedAtTheCall() {
        ConclaveBuilder builder = Conclave.builder(store.url());
        for (Duration bad : List.of(Duration.ZERO, Duration.ofNanos(-1))) {
            assertThatThrownBy(() -> builder.sessionTimeout(bad)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> builder.connectTimeout(bad)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> builder.callTimeout(bad)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> builder.sessionTimeout(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.timekeeper(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.credentials(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.tls(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder.owner(null)).isInstanceOf(NullPointerException.class);
        for (String label : List.of("", "  ", "a\tb", "x".repeat(201))) {
            assertThatThrownBy(() -> builder.owner(label)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void theLongestTimesDoNotOverflow() throws Exception {
        Duration ages = Duration.ofSeconds(Long.MAX_VALUE);
        Conclave patient = Conclave.builder(store.url())
                .executor(Runnable::run)
                .sessionTimeout(ages)
                .connectTimeout(ages)
                .callTimeout(ages)
                .connect();
        Grant grant = DistributedLock.of(patient, "/locks/a").acquire(SECOND);
        store.advance(Duration.ofDays(1));
        assertThat(grant.isValid()).isTrue();
        patient.nodes().set("/x", new byte[0]);
        patient.close();
        assertThat(one.nodes().children("/locks")).isEmpty();
    }

    @Test
    void badPathsAreRefusedByEveryEntryPoint() throws Exception {
        for (String path : BAD_PATHS) {
            assertThatThrownBy(() -> DistributedLock.of(one, path)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> FencedLock.of(one, path)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> LeaderLatch.of(one, path, "a")).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> one.contenders(path)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> one.nodes().set(path, new byte[0])).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> one.nodes().delete(path)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> DistributedLock.of(one, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> DistributedLock.of(null, "/a")).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> one.nodes().get(null)).isInstanceOf(NullPointerException.class);
        assertThat(one.nodes().children("/")).isEmpty();
    }

    /** Names that look strange and are not bad: deep paths, names of internal nodes, and two spellings of one letter, which are two locks. */
    @Test
    void strangeNamesThatAreAllowedWork() throws Exception {
        List<String> strange = List.of(
                "/a".repeat(100),
                "/locks",
                "/_c_0-lock-1/x",
                "/caf\u00e9",
                "/cafe\u0301",
                "/" + "y".repeat(255),
                "/a b/%2f");
        for (String path : strange) {
            try (Grant grant = DistributedLock.of(one, path).acquire(SECOND)) {
                assertThat(grant.path()).isEqualTo(path);
            }
        }
        Grant composed = DistributedLock.of(one, "/caf\u00e9").acquire(SECOND);
        DistributedLock.of(one, "/cafe\u0301").acquire(SECOND).release();
        composed.release();
    }

    @Test
    void payloadsAreCopiedBoundedAndKeptExactly() throws Exception {
        int most = one.capabilities().maxPayloadBytes();
        assertThatThrownBy(() -> one.nodes().set("/x", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> one.nodes().create("/x", null, CreateMode.PERSISTENT))
                .isInstanceOf(NullPointerException.class);
        FencedGrant grant = FencedLock.of(one, "/locks/a").acquire(SECOND);
        for (byte[] data : List.of(new byte[0], new byte[] {0, -1, 13}, new byte[most])) {
            grant.write("/x", data);
            assertThat(one.nodes().get("/x").orElseThrow().data().toByteArray()).isEqualTo(data);
        }
        byte[] mutable = {1, 2, 3};
        one.nodes().set("/x", mutable);
        Arrays.fill(mutable, (byte) 9);
        assertThat(one.nodes().get("/x").orElseThrow().data().toByteArray()).containsExactly(1, 2, 3);
        for (int size : new int[] {most + 1, 10 << 20}) {
            assertThatThrownBy(() -> one.nodes().set("/x", new byte[size]))
                    .isInstanceOf(PayloadTooLargeException.class);
            assertThatThrownBy(() -> grant.write("/y", new byte[size])).isInstanceOf(PayloadTooLargeException.class);
        }
        assertThat(grant.isValid()).isTrue();
        assertThat(one.nodes().get("/y")).isEmpty();
    }

    @Test
    void numbersOutOfRangeAreRefused() throws Exception {
        one.nodes().set("/x", new byte[0]);
        assertThatThrownBy(() -> one.nodes().compareAndSet("/x", -1, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(one.nodes().compareAndSet("/x", Long.MAX_VALUE, new byte[0])).isFalse();
        assertThat(one.nodes().compareAndSet("/absent", 0, new byte[0])).isFalse();
        for (long token : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> one.contenders("/locks/a").evict(token))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> FencingGate.inMemory("r").enterExclusive(token))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(one.contenders("/locks/a").evict(12_345)).isFalse();
        for (int limit : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> one.nodes().subtree("/", limit)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** A guarded commit counts the caller's conditions from 0 and stays usable after a refusal or a bad request. */
    @Test
    void aRefusedCommitOfAGrantTellsTheCallersCondition() throws Exception {
        FencedGrant grant = FencedLock.of(one, "/locks/a").acquire(SECOND);
        NodePath node = NodePath.of("/x");
        CommitResult refused = grant.commit(parts -> parts.guard(Guard.absent(NodePath.of("/y")))
                .guard(Guard.present(node))
                .write(Write.put(node, Payload.empty())));
        assertThat(refused)
                .isInstanceOfSatisfying(
                        CommitResult.Refused.class, r -> assertThat(r.index()).isEqualTo(1));
        assertThatThrownBy(() -> grant.commit(parts -> {})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> grant.commit(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> grant.commit(parts -> {
                    throw new IllegalStateException("planned");
                }))
                .hasMessage("planned");
        one.nodes().create("/ephemeral", new byte[0], CreateMode.EPHEMERAL);
        assertThatThrownBy(() -> grant.write("/ephemeral/below", new byte[0]))
                .isInstanceOf(InvalidRequestException.class);
        assertThatThrownBy(() -> grant.write("/", new byte[0])).isInstanceOf(IllegalArgumentException.class);
        assertThat(grant.isValid()).isTrue();
        assertThat(grant.delete("/absent")).isFalse();
    }

    /** Releasing twice, using a released grant, releasing a lost one twice. */
    @Test
    void aGrantIsReleasedOnce() throws Exception {
        DistributedLock lock = DistributedLock.of(one, "/locks/a");
        Grant grant = lock.acquire(SECOND);
        grant.release();
        grant.release();
        grant.close();
        assertThat(grant.isValid()).isFalse();
        assertThat(grant.validFor()).isZero();
        assertThat(grant.fencingToken()).isPositive();
        assertThatThrownBy(grant::requireValid).isInstanceOf(IllegalStateException.class);
        Grant next = lock.acquire(SECOND);
        grant.release();
        assertThat(next.isValid()).isTrue();
        store.faults(one).expire();
        assertThatThrownBy(next::release).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(next::release).isInstanceOf(GrantLostException.class);
        assertThat(next.fencingToken()).isPositive();
        next.close();
    }

    /** Two clients with one label are told apart: only the own contender is "own", and they exclude each other. */
    @Test
    void twoClientsWithOneLabelAreTwo() throws Exception {
        Conclave twin = store.connect(Conclave.builder(store.url()).owner("twin"));
        Conclave other = store.connect(Conclave.builder(store.url()).owner("twin"));
        Grant held = DistributedLock.of(twin, "/locks/a").acquire(SECOND);
        assertThat(DistributedLock.of(other, "/locks/a").tryAcquire()).isEmpty();
        assertThat(twin.contenders("/locks/a").view().own()).isPresent();
        assertThat(other.contenders("/locks/a").view().own()).isEmpty();
        held.release();
    }

    /** What is below the reserved directory is the library's own: no verb of the plain nodes or of a grant reads or writes there. */
    @Test
    void reservedPathsAreRefusedByAllVerbsOfNodesAndGrants() throws Exception {
        NodePath reserved = NodePath.of("/.conclave/epoch");
        Write allowed = Write.create(NodePath.of("/n"), Payload.empty(), CreateMode.PERSISTENT);
        FencedGrant grant = FencedLock.of(one, "/locks/a").acquire(SECOND);
        List<Consumer<Commit.Builder>> commits = List.of(
                parts -> parts.write(Write.create(reserved, Payload.empty(), CreateMode.PERSISTENT)),
                parts -> parts.write(Write.createSequential(
                        NodePath.of("/.conclave"), "x-", Payload.empty(), CreateMode.PERSISTENT_SEQUENTIAL)),
                parts -> parts.guard(Guard.absent(reserved)).write(allowed),
                parts -> parts.write(allowed).then(Query.get(reserved)));
        for (Consumer<Commit.Builder> commit : commits) {
            assertThatThrownBy(() -> one.nodes().commit(commit)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> grant.commit(commit)).isInstanceOf(IllegalArgumentException.class);
        }
        for (String path : List.of("/.conclave", "/.conclave/slots")) {
            assertThatThrownBy(() -> one.nodes().children(path)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> one.nodes().subtree(path, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> one.nodes().watch(path, (kind, changed) -> {}))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(one.nodes().get("/n")).isEmpty();
    }

    /** A namespace written in a layout that this version does not know is refused, not guessed at. */
    @Test
    void anUnknownNamespaceLayoutIsRefused() throws Exception {
        for (String layout :
                List.of("conclave-namespace/2\nepoch=1\n", "garbage", "conclave-namespace/1\nepoch=128\n")) {
            try (TestStore fresh = new TestStore()) {
                Conclave writer = fresh.connect();
                writer.epoch().raise();
                fresh.write(Write.put(NodePath.of("/.conclave/epoch"), Payload.utf8(layout)));
                assertThatThrownBy(() -> Conclave.builder(fresh.url())
                                .sessionTimeout(TestStore.TTL)
                                .connect())
                        .isInstanceOf(UnsupportedLayoutException.class);
                assertThatThrownBy(() -> writer.epoch().current()).isInstanceOf(UnsupportedLayoutException.class);
                assertThatThrownBy(() -> DistributedLock.of(writer, "/locks/a").acquire(SECOND))
                        .isInstanceOf(UnsupportedLayoutException.class);
            }
        }
    }
}
