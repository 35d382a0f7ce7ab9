package io.conclave.semaphore;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.TestStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What those who wait cost, counted for all sessions together. */
@Timeout(20)
class SemaphoreCostTest {
    private static final String PATH = "/permits/x";

    private final TestStore store = new TestStore();
    private final List<Conclave> clients = new ArrayList<>();

    @AfterEach
    void close() {
        store.close();
    }

    private DistributedSemaphore semaphore() {
        Conclave client = store.connect();
        clients.add(client);
        return DistributedSemaphore.of(client, PATH, 2);
    }

    private long requests() {
        return clients.stream()
                .mapToLong(client -> store.faults(client).requests().total())
                .sum();
    }

    /** A hand-over costs the same however many wait. */
    @Test
    void aReleaseWakesNoHerd() throws Exception {
        List<Long> costs = new ArrayList<>();
        for (int waiters : new int[] {5, 40}) {
            FencedGrant one = semaphore().acquire();
            FencedGrant two = semaphore().acquire();
            List<CompletableFuture<FencedGrant>> waiting = new ArrayList<>();
            for (int i = 0; i < waiters; i++) {
                waiting.add(semaphore().acquireAsync(1));
            }
            long before = requests();
            two.release();
            assertThat(waiting.get(0)).isCompleted();
            assertThat(waiting.get(1)).isNotDone();
            costs.add(requests() - before);
            one.release();
            for (CompletableFuture<FencedGrant> next : waiting) {
                assertThat(next).isCompleted();
                next.join().release();
            }
            clients.clear();
        }
        assertThat(costs.get(1)).isEqualTo(costs.get(0)).isLessThanOrEqualTo(8);
    }

    /** Those who come while one waits cost it no request. */
    @Test
    void newcomersWakeNobody() throws Exception {
        FencedGrant all = semaphore().acquire(2);
        CompletableFuture<FencedGrant> first = semaphore().acquireAsync(1);
        Conclave waiter = clients.get(1);
        long before = store.faults(waiter).requests().total();
        for (int i = 0; i < 10; i++) {
            semaphore().acquireAsync(1);
        }
        store.advance(Duration.ofMillis(500));
        assertThat(store.faults(waiter).requests().total() - before).isZero();
        all.release();
        assertThat(first).isCompleted();
    }
}
