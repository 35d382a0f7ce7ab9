package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.RequestCounts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads in real time on {@code inmemory:NAME}. A counter without any protection of its own shows that nobody overlaps and that nothing is lost. */
@Timeout(60)
class LockThreadsTest {
    private static final int THREADS = 32;
    private static final int TIMES = 50;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final String name = "threads-" + NAMES.incrementAndGet();
    private final Conclave one = Conclave.connect("inmemory:" + name);
    private final Conclave two = Conclave.connect("inmemory:" + name);
    private final EmbeddedStore store = EmbeddedStore.named(name);
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final List<Long> tokens = Collections.synchronizedList(new ArrayList<>());
    private int counter; // no protection but the lock's
    private int inside;

    @AfterEach
    void close() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        one.close();
        two.close();
        EmbeddedStore.discard(name);
    }

    private void all(int threadCount, Callable<Void> work) throws Exception {
        List<Future<Void>> running = new ArrayList<>();
        for (int i = 0; i < threadCount; i++) {
            running.add(threads.submit(work));
        }
        for (Future<Void> each : running) {
            each.get();
        }
    }

    private void count() {
        assertThat(++inside).as("holders at a time").isEqualTo(1);
        int seen = counter;
        Thread.onSpinWait();
        counter = seen + 1;
        inside--;
    }

    private Void useLock(DistributedLock lock) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            lock.run(WAIT, grant -> {
                tokens.add(grant.fencingToken());
                count();
            });
        }
        return null;
    }

    /** T12, list 20: 32 threads on one lock object: exclusion, rising tokens, two requests for each grant. */
    @Test
    void threadsOnOneLockObjectExcludeEachOtherAtTwoRequestsEach() throws Exception {
        DistributedLock lock = DistributedLock.of(one, "/locks/a");
        store.faults().session(one.health().sessionId()).resetRequests();

        all(THREADS, () -> useLock(lock));

        RequestCounts requests =
                store.faults().session(one.health().sessionId()).requests();
        assertThat(counter).isEqualTo(THREADS * TIMES);
        assertThat(tokens).isSorted().doesNotHaveDuplicates().hasSize(THREADS * TIMES);
        assertThat(requests.total()).isLessThanOrEqualTo(3 * THREADS * TIMES);
        assertThat(one.nodes().children("/")).isEmpty();
    }

    /** Threads of two processes on one path. */
    @Test
    void threadsOfTwoConclavesExcludeEachOther() throws Exception {
        AtomicInteger number = new AtomicInteger();
        all(16, () -> useLock(DistributedLock.of(number.getAndIncrement() % 2 == 0 ? one : two, "/locks/a")));

        assertThat(counter).isEqualTo(16 * TIMES);
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(one.nodes().children("/")).isEmpty();
    }

    /** With fair each thread has its own place in the cluster's queue. */
    @Test
    void fairLocksOfTwoConclavesExcludeEachOther() throws Exception {
        AtomicInteger number = new AtomicInteger();
        all(
                16,
                () -> useLock(DistributedLock.builder(number.getAndIncrement() % 2 == 0 ? one : two, "/locks/a")
                        .fair(true)
                        .build()));

        assertThat(counter).isEqualTo(16 * TIMES);
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(one.nodes().children("/")).isEmpty();
    }

    /** M2: the reentrant view, nested, from many threads. */
    @Test
    void theJavaViewExcludesThreadsAndIsReentrant() throws Exception {
        Lock view = DistributedLock.of(one, "/locks/a").asJavaLock();
        all(THREADS, () -> {
            for (int i = 0; i < TIMES; i++) {
                view.lock();
                try {
                    assertThat(view.tryLock()).isTrue();
                    count();
                    view.unlock();
                } finally {
                    view.unlock();
                }
            }
            return null;
        });
        assertThat(counter).isEqualTo(THREADS * TIMES);
        assertThat(one.nodes().children("/")).isEmpty();
    }

    /** Lost-update check in the store itself: read, add one, write under the grant's guard. */
    @Test
    void guardedReadModifyWriteLosesNoUpdate() throws Exception {
        AtomicInteger number = new AtomicInteger();
        one.nodes().set("/counter", new byte[] {0, 0});
        all(8, () -> {
            Conclave mine = number.getAndIncrement() % 2 == 0 ? one : two;
            FencedLock lock = FencedLock.of(mine, "/locks/a");
            for (int i = 0; i < TIMES; i++) {
                try (FencedGrant grant = lock.acquire(WAIT)) {
                    byte[] value =
                            mine.nodes().get("/counter").orElseThrow().data().toByteArray();
                    int next = (((value[0] & 0xff) << 8) | (value[1] & 0xff)) + 1;
                    grant.write("/counter", new byte[] {(byte) (next >> 8), (byte) next});
                }
            }
            return null;
        });
        byte[] value = one.nodes().get("/counter").orElseThrow().data().toByteArray();
        assertThat(((value[0] & 0xff) << 8) | (value[1] & 0xff)).isEqualTo(8 * TIMES);
    }

    /** Bar 7 in real time: threads that time out, cancel and are interrupted at random leave nothing and break nothing. */
    @Test
    void restlessThreadsLeaveNothingBehind() throws Exception {
        AtomicInteger number = new AtomicInteger();
        all(16, () -> {
            int me = number.getAndIncrement();
            java.util.Random random = new java.util.Random(me);
            DistributedLock lock = DistributedLock.builder(me % 2 == 0 ? one : two, "/locks/a")
                    .fair(me % 4 < 2)
                    .build();
            for (int i = 0; i < 200; i++) {
                switch (random.nextInt(4)) {
                    case 0 -> lock.tryAcquire().ifPresent(this::countAndRelease);
                    case 1 -> {
                        var future = lock.acquireAsync(Duration.ofNanos(random.nextInt(500_000)));
                        if (!future.cancel(true) && !future.isCompletedExceptionally()) {
                            countAndRelease(future.join());
                        }
                    }
                    case 2 -> {
                        Thread.currentThread().interrupt();
                        try {
                            countAndRelease(lock.acquire());
                        } catch (InterruptedException expected) {
                            assertThat(Thread.currentThread().isInterrupted()).isFalse();
                        }
                    }
                    default -> countAndRelease(lock.acquire(WAIT));
                }
            }
            return null;
        });
        io.conclave.TestStore.eventually(
                "all is clean",
                () -> one.health().waiting()
                                + two.health().waiting()
                                + one.health().grants()
                        == 0);
        lockIsFree();
    }

    private void lockIsFree() throws Exception {
        try (Grant grant = DistributedLock.of(one, "/locks/a").acquire(WAIT)) {
            assertThat(DistributedLock.of(one, "/locks/a").queue().contenders()).hasSize(1);
            assertThat(grant.isValid()).isTrue();
        }
    }

    private void countAndRelease(Grant grant) {
        count();
        grant.close();
    }
}
