package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ReentrantCounterTest {
    private static final int THREADS = 8;

    @Test
    void threadsCountOneAtATimeAndReenter() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Conclave conclave = Conclave.connect("inmemory:")) {
            ReentrantCounter counter = new ReentrantCounter(conclave, "/locks/counter");
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(counter::incrementTwice));
            }
            List<Integer> seen = new ArrayList<>();
            for (Future<Integer> result : results) {
                seen.add(result.get(20, TimeUnit.SECONDS));
            }
            assertThat(seen).containsExactlyInAnyOrder(2, 4, 6, 8, 10, 12, 14, 16);
        } finally {
            threads.shutdown();
            assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
