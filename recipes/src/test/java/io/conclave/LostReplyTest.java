package io.conclave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.Fault;
import io.conclave.backend.inmemory.RequestKind;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import io.conclave.spi.CreateMode;
import io.conclave.spi.SessionState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Bar 6: a commit is applied and its reply is lost, 200 times for every kind of commit; every second time another client changes or removes the node before the one
 * who made it finds out. No orphan, no double effect, and the true result as long as the session lives.
 */
@Timeout(120)
class LostReplyTest {
    private static final int TIMES = 200;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final String NODE = "/data/node";

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    private static byte[] bytes(int number) {
        return Integer.toString(number).getBytes(StandardCharsets.UTF_8);
    }

    private Optional<String> value() throws InterruptedException {
        return two.nodes().get(NODE).map(node -> node.data().asUtf8());
    }

    /** Runs the call with the reply of its n-th commit lost; while the caller is cut off and does not know, the meddler acts. */
    private <T> T withLostReply(Callable<T> call, Callable<?> meddler) throws Exception {
        return withLostReply(1, call, meddler);
    }

    private <T> T withLostReply(int commit, Callable<T> call, Callable<?> meddler) throws Exception {
        store.faults(one).onCommit(any -> true, commit, Fault.DROP_REPLY_AND_STAY_CUT);
        CompletableFuture<T> result = store.background(call);
        TestStore.eventually("the reply is lost", () -> one.state() == SessionState.SUSPENDED);
        meddler.call();
        store.faults(one).heal();
        return await(result);
    }

    private <T> T await(CompletableFuture<T> result) throws Exception {
        TestStore.eventually("the call has ended", () -> {
            store.advanceMillis(1);
            return result.isDone();
        });
        return result.get();
    }

    private static Callable<?> every2nd(int i, Callable<?> meddler) {
        return i % 2 == 0 ? meddler : () -> null;
    }

    @Test
    void aCreateIsAppliedOnceAndSaysSo() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            byte[] data = bytes(i);
            Callable<?> meddler = every2nd(i, () -> two.nodes().delete(NODE));

            assertThat(withLostReply(() -> one.nodes().create(NODE, data, CreateMode.PERSISTENT), meddler)
                            .path()
                            .toString())
                    .isEqualTo(NODE);

            assertThat(value()).isEqualTo(i % 2 == 0 ? Optional.empty() : Optional.of(Integer.toString(i)));
            two.nodes().delete(NODE);
        }
    }

    @Test
    void anEphemeralCreateIsAppliedOnceAndSaysSo() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            byte[] data = bytes(i);
            Callable<?> meddler = every2nd(i, () -> two.nodes().delete(NODE));

            withLostReply(() -> one.nodes().create(NODE, data, CreateMode.EPHEMERAL), meddler);

            assertThat(value().isPresent()).isEqualTo(i % 2 == 1);
            two.nodes().delete(NODE);
        }
    }

    @Test
    void aPutIsAppliedOnceAndDoesNotOverwriteWhatCameAfterIt() throws Exception {
        one.nodes().set(NODE, bytes(-1));
        for (int i = 0; i < TIMES; i++) {
            byte[] data = bytes(i);
            long version = two.nodes().get(NODE).orElseThrow().version();
            Callable<?> meddler = every2nd(i, () -> {
                two.nodes().set(NODE, bytes(1_000));
                return null;
            });

            withLostReply(
                    () -> {
                        one.nodes().set(NODE, data);
                        return null;
                    },
                    meddler);

            assertThat(value()).contains(i % 2 == 0 ? "1000" : Integer.toString(i));
            assertThat(two.nodes().get(NODE).orElseThrow().version()).isEqualTo(version + (i % 2 == 0 ? 2 : 1));
        }
    }

    /** A set whose create is what loses its reply: it is not made again after another has removed it. */
    @Test
    void aSetThatCreatesIsAppliedOnce() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            byte[] data = bytes(i);
            Callable<?> meddler = every2nd(i, () -> two.nodes().delete(NODE));
            withLostReply(
                    2,
                    () -> {
                        one.nodes().set(NODE, data);
                        return null;
                    },
                    meddler);
            assertThat(value().isPresent()).isEqualTo(i % 2 == 1);
            two.nodes().delete(NODE);
        }
    }

    @Test
    void aDeleteIsAppliedOnceAndDoesNotRemoveWhatCameAfterIt() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            two.nodes().set(NODE, bytes(i));
            Callable<?> meddler = every2nd(i, () -> two.nodes().create(NODE, bytes(1_000), CreateMode.PERSISTENT));

            assertThat(withLostReply(() -> one.nodes().delete(NODE), meddler)).isTrue();

            assertThat(value()).isEqualTo(i % 2 == 0 ? Optional.of("1000") : Optional.empty());
            two.nodes().delete(NODE);
        }
    }

    @Test
    void aCompareAndSetReportsItsOwnSuccess() throws Exception {
        one.nodes().set(NODE, bytes(-1));
        for (int i = 0; i < TIMES; i++) {
            long version = two.nodes().get(NODE).orElseThrow().version();
            byte[] data = bytes(i);
            Callable<?> meddler = every2nd(i, () -> two.nodes().compareAndSet(NODE, version + 1, bytes(1_000)));

            assertThat(withLostReply(() -> one.nodes().compareAndSet(NODE, version, data), meddler))
                    .isTrue();

            assertThat(value()).contains(i % 2 == 0 ? "1000" : Integer.toString(i));
            assertThat(one.nodes().compareAndSet(NODE, version, bytes(7))).isFalse();
        }
    }

    @Test
    void aContenderIsMadeOnceAndOneThatWasEvictedMeanwhileIsNotGranted() throws Exception {
        DistributedLock lock = DistributedLock.of(one, "/locks/a");
        for (int i = 0; i < TIMES; i++) {
            Callable<?> meddler = every2nd(
                    i,
                    () -> two.contenders("/locks/a")
                            .evict(two.contenders("/locks/a")
                                    .view()
                                    .holder()
                                    .orElseThrow()
                                    .fencingToken()
                                    .orElseThrow()));

            Grant grant = withLostReply(() -> lock.acquire(SECOND), meddler);

            Contender holder = two.contenders("/locks/a").view().holder().orElseThrow();
            assertThat(holder.fencingToken()).hasValue(grant.fencingToken());
            assertThat(two.nodes().children("/locks/a")).hasSize(1);
            grant.release();
            assertThat(two.nodes().children("/locks/a")).isEmpty();
        }
    }

    @Test
    void aContenderIsRemovedOnceAndTheNextOnesStays() throws Exception {
        DistributedLock lock = DistributedLock.of(one, "/locks/a");
        DistributedLock other = DistributedLock.of(two, "/locks/a");
        for (int i = 0; i < TIMES; i++) {
            Grant grant = lock.acquire(SECOND);
            CompletableFuture<Grant> next = i % 2 == 0 ? other.acquireAsync() : null;

            withLostReply(
                    () -> {
                        grant.release();
                        return null;
                    },
                    () -> null);
            store.advance(SECOND);

            if (next != null) {
                assertThat(next).isCompleted();
                assertThat(next.join().isValid()).isTrue();
                assertThat(two.nodes().children("/locks/a")).hasSize(1);
                next.join().release();
            }
            assertThat(two.nodes().children("/locks/a")).isEmpty();
        }
    }

    @Test
    void guardedWritesAreAppliedOnce() throws Exception {
        FencedGrant grant = FencedLock.of(one, "/locks/a").acquire(SECOND);
        for (int i = 0; i < TIMES; i++) {
            byte[] data = bytes(i);
            Callable<?> removes = every2nd(i, () -> two.nodes().delete(NODE));
            withLostReply(
                    2,
                    () -> {
                        grant.write(NODE, data);
                        return null;
                    },
                    removes);
            assertThat(value().isPresent()).as("create " + i).isEqualTo(i % 2 == 1);
            two.nodes().set(NODE, bytes(-1));

            Callable<?> overwrites = every2nd(i, () -> {
                two.nodes().set(NODE, bytes(1_000));
                return null;
            });
            withLostReply(
                    () -> {
                        grant.write(NODE, data);
                        return null;
                    },
                    overwrites);
            assertThat(value()).as("put " + i).contains(i % 2 == 0 ? "1000" : Integer.toString(i));

            Callable<?> makes = every2nd(i, () -> two.nodes().create(NODE, bytes(2_000), CreateMode.PERSISTENT));
            assertThat(withLostReply(() -> grant.delete(NODE), makes)).isTrue();
            assertThat(value().isPresent()).as("delete " + i).isEqualTo(i % 2 == 0);
            two.nodes().delete(NODE);
        }
        assertThat(grant.isValid()).isTrue();
    }

    /** Bar 6: a guarded write that was applied says so, although its grant has been evicted since. */
    @Test
    void aGuardedWriteIsReportedAsAppliedEvenIfTheGrantIsGoneSince() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            two.nodes().set(NODE, bytes(-1));
            FencedGrant grant = FencedLock.of(one, "/locks/a").acquire(SECOND);
            byte[] data = bytes(i);
            withLostReply(
                    () -> {
                        grant.write(NODE, data);
                        return null;
                    },
                    every2nd(i, () -> two.contenders("/locks/a").evict(grant.fencingToken())));
            assertThat(value()).contains(Integer.toString(i));
            if (i % 2 == 0) {
                assertThatThrownBy(() -> grant.write(NODE, data)).isInstanceOf(GrantLostException.class);
            }
            grant.close();
        }
    }

    @Test
    void theEpochIsRaisedByOneOnly() throws Exception {
        for (int i = 1; i <= TokenEpoch.MAX; i++) {
            Callable<?> meddler =
                    i % 2 == 0 && i < TokenEpoch.MAX ? () -> two.epoch().raise() : () -> null;
            int before = two.epoch().current();
            if (before >= TokenEpoch.MAX) {
                break;
            }
            assertThat(withLostReply(() -> one.epoch().raise(), meddler)).isEqualTo(before + 1);
            assertThat(two.epoch().current()).isEqualTo(Math.min(TokenEpoch.MAX, before + (i % 2 == 0 ? 2 : 1)));
        }
        assertThat(two.epoch().current()).isEqualTo(TokenEpoch.MAX);
    }

    /** Bar 6: the session dies before the answer comes: nobody can tell, so the caller is told that, and nothing is tried again. */
    @Test
    void aPersistentWriteWhoseSessionDiesIsUnknownAndNeverRetried() throws Exception {
        one.nodes().set(NODE, bytes(-1));
        for (int i = 0; i < TIMES; i++) {
            byte[] data = bytes(i);
            String session = one.health().sessionId();
            Fault fault = i % 2 == 0 ? Fault.DROP_REPLY_AND_STAY_CUT : Fault.DROP_REQUEST_AND_STAY_CUT;
            store.faults(one).onNext(fault);
            CompletableFuture<Void> result = store.background(() -> {
                one.nodes().set(NODE, data);
                return null;
            });
            TestStore.eventually("the reply is lost", () -> one.state() == SessionState.SUSPENDED);
            store.faults().session(session).expire();
            store.faults().session(session).heal();

            assertThatThrownBy(() -> await(result)).hasCauseInstanceOf(OutcomeUnknownException.class);

            store.advance(SECOND);
            assertThat(value()).as("run " + i).contains(i % 2 == 0 ? Integer.toString(i) : "-1");
            assertThat(store.faults(one).requests().of(RequestKind.COMMIT)).isZero();
            two.nodes().set(NODE, bytes(-1));
        }
    }
}
