package io.conclave.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class SerialDrainTest {
    private final Queue<Runnable> helper = new ArrayDeque<>();
    private final SerialDrain drain = new SerialDrain(helper::add);
    private final List<String> ran = new ArrayList<>();

    @Test
    void anIdleDrainRunsTheTaskOnTheCallersStack() {
        drain.execute(() -> ran.add("a"));
        assertThat(ran).containsExactly("a");
        assertThat(helper).isEmpty();
    }

    @Test
    void aTaskHandedOverByATaskRunsAfterIt() {
        drain.execute(() -> {
            drain.execute(() -> ran.add("inner"));
            ran.add("outer");
        });
        assertThat(ran).containsExactly("outer", "inner");
    }

    @Test
    void aLongChainGoesOnOnTheHelper() {
        drain.execute(() -> {
            for (int i = 0; i < 200; i++) {
                drain.execute(() -> ran.add("x"));
            }
        });
        assertThat(ran).hasSizeLessThan(200);
        while (!helper.isEmpty()) {
            helper.remove().run();
        }
        assertThat(ran).hasSize(200);
    }

    @Test
    void anUncaughtExceptionHandlerThatThrowsDoesNotStopTheOthers() {
        Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
        Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> {
            throw new IllegalStateException("planned", failure);
        });
        try {
            drain.execute(() -> {
                throw new IllegalStateException("planned");
            });
            drain.execute(() -> ran.add("after"));
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(before);
        }
        assertThat(ran).containsExactly("after");
    }

    @Test
    void aTaskThatThrowsDoesNotStopTheOthers() {
        List<Throwable> seen = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> seen.add(failure));
        try {
            drain.execute(() -> {
                drain.execute(() -> ran.add("after"));
                throw new IllegalStateException("planned");
            });
        } finally {
            Thread.currentThread().setUncaughtExceptionHandler(null);
        }
        assertThat(ran).containsExactly("after");
        assertThat(seen)
                .singleElement()
                .satisfies(failure -> assertThat(failure).hasMessage("planned"));
    }

    @Test
    void executeLaterNeverRunsOnTheCallersStack() {
        drain.executeLater(() -> ran.add("later"));
        assertThat(ran).isEmpty();
        helper.remove().run();
        assertThat(ran).containsExactly("later");
    }

    @Test
    void tasksOfManyThreadsNeverOverlapAndNoneIsLost() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        SerialDrain shared = new SerialDrain(threads);
        int[] counter = new int[1];
        CountDownLatch done = new CountDownLatch(40_000);
        for (int t = 0; t < 4; t++) {
            threads.execute(() -> {
                for (int i = 0; i < 10_000; i++) {
                    shared.execute(() -> {
                        counter[0]++;
                        done.countDown();
                    });
                }
            });
        }
        assertThat(done.await(15, TimeUnit.SECONDS)).isTrue();
        threads.shutdown();
        assertThat(counter[0]).isEqualTo(40_000);
    }
}
