package io.conclave.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.StaleStoreException;
import io.conclave.TestStore;
import io.conclave.WipeableStore;
import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** T19 and T20 of known-failures.md. */
@Timeout(60)
class KnownLeadershipFailuresTest {
    private static final String PATH = "/leaders/billing";
    private static final Duration SECOND = Duration.ofSeconds(1);

    /**
     * T19, M6: whatever order cuts, held answers, evictions and session ends come in, afterwards there is one leader and one node for each latch; listeners heard gained and
     * lost alternately with rising tokens. Without ends that the store forces, two never lead at once.
     */
    @Test
    void afterAnyTroubleThereIsOneLeaderAndOneNodeForEachLatch() throws Exception {
        for (int seed = 0; seed < 150; seed++) {
            try (TestStore store = new TestStore()) {
                troubleLatches(store, seed);
            }
        }
    }

    private static void troubleLatches(TestStore store, int seed) throws Exception {
        Random random = new Random(seed);
        boolean forced = seed % 2 == 1;
        List<Conclave> clients = new ArrayList<>();
        List<LeaderLatch> latches = new ArrayList<>();
        List<List<String>> heard = new ArrayList<>();
        Conclave observer = store.connect();
        for (int i = 0; i < 3; i++) {
            clients.add(store.connect());
            latches.add(LeaderLatch.of(clients.get(i), PATH, "node-" + i));
            heard.add(new ArrayList<>());
            latches.get(i).addListener(new Recorder(heard.get(i)));
            latches.get(i).start();
        }
        for (int step = 0; step < 40; step++) {
            int victim = random.nextInt(3);
            String session = clients.get(victim).health().sessionId();
            if (!session.isEmpty()) {
                ClientFaults faults = store.faults().session(session);
                switch (random.nextInt(forced ? 8 : 6)) {
                    case 0 -> faults.suspend();
                    case 1 -> faults.blackhole();
                    case 2 -> faults.hold();
                    case 3 -> faults.delayReplies(Duration.ofMillis(random.nextInt(300)));
                    case 4 -> faults.release();
                    case 5 -> faults.heal();
                    case 6 -> faults.expire();
                    default -> evictTheLeader(observer);
                }
            }
            store.advanceMillis(random.nextInt(4) == 0 ? random.nextInt(7_000) : random.nextInt(100));
            long leaders = latches.stream().filter(LeaderLatch::isLeader).count();
            assertThat(forced ? 0 : leaders)
                    .as("leaders, seed " + seed + " step " + step)
                    .isLessThanOrEqualTo(1);
        }
        for (String session : store.faults().sessions()) {
            ClientFaults faults = store.faults().session(session);
            faults.delayReplies(Duration.ZERO);
            faults.release();
            faults.heal();
        }
        store.advance(Duration.ofSeconds(40));
        assertThat(latches.stream().filter(LeaderLatch::isLeader))
                .as("seed " + seed)
                .hasSize(1);
        assertThat(observer.nodes().children(PATH)).as("seed " + seed).hasSize(3);
        for (List<String> one : heard) {
            Recorder.requireAlternation(one, "seed " + seed);
        }
        latches.forEach(LeaderLatch::close);
        assertThat(observer.nodes().children(PATH)).as("seed " + seed).isEmpty();
    }

    private static void evictTheLeader(Conclave observer) throws InterruptedException {
        var holder = observer.contenders(PATH).view().holder();
        if (holder.isPresent()) {
            observer.contenders(PATH).evict(holder.get().fencingToken().orElseThrow());
        }
    }

    /** T20: the store was wiped and came back with lower revisions: one leader, no token before the epoch is raised, larger ones after. */
    @Test
    void afterAWipeThereIsOneLeaderAndTokensOnlyWithARaisedEpoch() throws Exception {
        try (WipeableStore store = new WipeableStore()) {
            List<LeaderLatch> latches = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                LeaderLatch latch = LeaderLatch.of(store.connect(), PATH, "node-" + i);
                latches.add(latch);
                latch.start();
            }
            long before = latches.get(0).term().orElseThrow().fencingToken();
            latches.get(0).close();
            latches.set(0, LeaderLatch.of(store.connect(), PATH, "node-3"));
            latches.get(0).start();
            long last = latches.get(1).term().orElseThrow().fencingToken();
            assertThat(last).isGreaterThan(before);

            store.wipe();

            List<LeaderLatch> leaders =
                    latches.stream().filter(LeaderLatch::isLeader).toList();
            assertThat(leaders).hasSize(1);
            Conclave admin = store.connect();
            assertThat(admin.nodes().children(PATH)).hasSize(3);
            FencedGrant term = leaders.get(0).term().orElseThrow();
            if (leaders.get(0) == latches.get(1)) {
                assertThatThrownBy(term::fencingToken).isInstanceOf(StaleStoreException.class);
            }
            latches.forEach(LeaderLatch::close);
            assertThat(admin.epoch().raise()).isEqualTo(1);
            LeaderLatch again = LeaderLatch.of(admin, PATH, "admin");
            again.start();
            assertThat(again.term().orElseThrow().fencingToken()).isGreaterThan(last);
        }
    }

    /** T20 for locks: a process that has seen larger tokens gives none from the wiped store, and keeps nothing locked. */
    @Test
    void afterAWipeAProcessThatHasSeenMoreGivesNoTokens() throws Exception {
        try (WipeableStore store = new WipeableStore()) {
            Conclave one = store.connect();
            FencedLock fenced = FencedLock.of(one, "/locks/a");
            DistributedLock plain = DistributedLock.of(one, "/locks/a");
            Grant old = fenced.acquire(SECOND);
            long seen = old.fencingToken();

            store.wipe();

            assertThat(old.isValid()).isFalse();
            assertThatThrownBy(() -> fenced.acquire(SECOND)).isInstanceOf(StaleStoreException.class);
            assertThatThrownBy(fenced::tryAcquire).isInstanceOf(StaleStoreException.class);
            CompletableFuture<FencedGrant> async = fenced.acquireAsync();
            assertThatThrownBy(async::get).hasCauseInstanceOf(StaleStoreException.class);
            try (Grant grant = plain.acquire(SECOND)) {
                assertThat(grant.isValid()).isTrue();
                assertThatThrownBy(grant::fencingToken).isInstanceOf(StaleStoreException.class);
                assertThatThrownBy(() -> one.epoch().raise()).isInstanceOf(IllegalStateException.class);
            }
            assertThat(one.nodes().children("/locks")).isEmpty();
            assertThat(one.epoch().raise()).isEqualTo(1);
            assertThat(fenced.acquire(SECOND).fencingToken()).isGreaterThan(seen);
        }
    }

    /** T20: a running process follows a raised epoch by itself, before it gives its next grant. */
    @Test
    void aRaisedEpochCountsForTheNextGrantOfEveryProcess() throws Exception {
        try (TestStore store = new TestStore()) {
            Conclave one = store.connect();
            Conclave two = store.connect();
            DistributedLock lock = DistributedLock.of(one, "/locks/a");
            long token = 0;
            try (Grant grant = lock.acquire(SECOND)) {
                token = grant.fencingToken();
            }
            two.epoch().raise();
            try (Grant grant = lock.acquire(SECOND)) {
                assertThat(grant.fencingToken() >>> 56).isEqualTo(1);
                assertThat(grant.fencingToken()).isGreaterThan(token);
            }
        }
    }

    /** T34: a participant that cannot reach the store stays in the election and says so by its deadline. */
    @Test
    void awaitEndsAtItsDeadlineWithoutContact() throws Exception {
        try (TestStore store = new TestStore()) {
            Conclave one = store.connect();
            LeaderLatch latch = LeaderLatch.of(one, PATH, "a");
            store.faults(one).blackhole();
            latch.start();
            store.clock.advanceInAwait(true);
            assertThatThrownBy(() -> latch.await(SECOND)).isInstanceOf(TimeoutException.class);
            store.clock.advanceInAwait(false);
            store.faults().everyone().heal();
            store.advance(TestStore.TTL.multipliedBy(3));
            assertThat(latch.isLeader()).isTrue();
        }
    }
}
