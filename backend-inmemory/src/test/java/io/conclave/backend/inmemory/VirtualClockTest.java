package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.spi.Cancellable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class VirtualClockTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualClock clock = new VirtualClock();
    private final List<String> ran = new ArrayList<>();

    private void note(String what) {
        ran.add(what + "@" + (clock.wallClockMillis() - VirtualClock.START.toEpochMilli()));
    }

    @Test
    void timersRunInTheOrderOfTheirTimesAndThenOfTheirSetting() {
        clock.schedule(() -> note("c"), Duration.ofMillis(20));
        clock.schedule(() -> note("a"), Duration.ofMillis(10));
        clock.schedule(() -> note("b"), Duration.ofMillis(10));
        clock.advance(Duration.ofMillis(15));
        assertThat(ran).containsExactly("a@10", "b@10");
        clock.advance(Duration.ofMillis(5));
        assertThat(ran).containsExactly("a@10", "b@10", "c@20");
    }

    @Test
    void whatATimerStartsRunsAtItsOwnTimeWithinTheSameAdvance() {
        clock.schedule(
                () -> {
                    clock.executor().execute(() -> note("task"));
                    clock.schedule(() -> note("next"), Duration.ofMillis(5));
                },
                Duration.ofMillis(10));
        clock.advance(SECOND);
        assertThat(ran).containsExactly("task@10", "next@15");
        assertThat(clock.timers()).isZero();
    }

    @Test
    void aCancelledTimerDoesNotRun() {
        Cancellable timer = clock.schedule(() -> note("never"), SECOND);
        timer.cancel();
        timer.cancel();
        clock.advance(SECOND.multipliedBy(2));
        assertThat(ran).isEmpty();
        assertThat(clock.timers()).isZero();
    }

    @Test
    void tasksRunOneAfterTheOtherAndNotInsideOfEachOther() {
        clock.executor().execute(() -> {
            clock.executor().execute(() -> note("inner"));
            note("outer");
        });
        assertThat(ran).containsExactly("outer@0", "inner@0");
    }

    @Test
    void advanceUntilStopsAtTheTimerThatMakesItTrue() {
        clock.schedule(() -> note("a"), SECOND);
        clock.schedule(() -> note("b"), SECOND.multipliedBy(2));
        assertThat(clock.advanceUntil(() -> !ran.isEmpty(), Duration.ofMinutes(1)))
                .isTrue();
        assertThat(ran).containsExactly("a@1000");
        assertThat(clock.advanceUntil(() -> ran.size() == 3, Duration.ofSeconds(5)))
                .isFalse();
        assertThat(clock.wallClockMillis()).isEqualTo(VirtualClock.START.toEpochMilli() + 6_000);
    }

    @Test
    void theWallClockCanBeSteppedAndMonotonicTimeDoesNotMind() {
        long before = clock.nanoTime();
        clock.stepWallClock(Duration.ofHours(-2));
        assertThat(clock.nanoTime()).isEqualTo(before);
        assertThat(clock.wallClockMillis()).isEqualTo(VirtualClock.START.toEpochMilli() - 7_200_000);
    }

    @Test
    void threadsThatAwaitGoOnWhenTheTestMovesTime() throws Exception {
        List<CompletableFuture<Void>> woken = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            CompletableFuture<Void> wakeUp = new CompletableFuture<>();
            clock.schedule(() -> wakeUp.complete(null), SECOND.multipliedBy(i));
            woken.add(CompletableFuture.runAsync(() -> awaitUninterrupted(wakeUp)));
        }
        clock.advance(SECOND.multipliedBy(3));
        for (int i = 0; i < 3; i++) {
            woken.get(i).get(10, TimeUnit.SECONDS);
        }
        assertThat(woken.get(3)).isNotDone();
        clock.advance(SECOND);
        woken.get(3).get(10, TimeUnit.SECONDS);
    }

    private void awaitUninterrupted(CompletableFuture<Void> future) {
        try {
            clock.await(future);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Test
    void awaitMovesTimeItselfIfItIsAllowedTo() throws Exception {
        clock.advanceInAwait(true);
        CompletableFuture<Void> wakeUp = new CompletableFuture<>();
        clock.schedule(() -> wakeUp.complete(null), Duration.ofHours(3));
        clock.schedule(() -> note("later"), Duration.ofHours(4));
        clock.await(wakeUp);
        assertThat(clock.wallClockMillis()).isEqualTo(VirtualClock.START.toEpochMilli() + 3 * 3_600_000);
        assertThat(ran).isEmpty();
    }

    @Test
    void awaitIsInterruptible() {
        clock.advanceInAwait(true);
        clock.schedule(() -> note("timer"), SECOND);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> clock.await(new CompletableFuture<>())).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aTaskMustNotBlockOrMoveTime() {
        AtomicReference<Throwable> blocked = new AtomicReference<>();
        AtomicReference<Throwable> moved = new AtomicReference<>();
        clock.executor().execute(() -> {
            blocked.set(catchIt(() -> awaitUninterrupted(new CompletableFuture<>())));
            moved.set(catchIt(() -> clock.advance(SECOND)));
        });
        assertThat(blocked.get()).isInstanceOf(IllegalStateException.class);
        assertThat(moved.get()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> clock.advance(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    private static Throwable catchIt(Runnable task) {
        try {
            task.run();
            return null;
        } catch (IllegalStateException failure) {
            return failure;
        }
    }

    @Test
    void noTaskOfAnotherThreadIsLeftBehind() throws Exception {
        int threads = 4;
        int each = 5_000;
        List<Integer> done = new ArrayList<>(); // only ever touched by one task at a time
        List<CompletableFuture<Void>> running = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            running.add(CompletableFuture.runAsync(() -> {
                for (int i = 0; i < each; i++) {
                    int value = i;
                    clock.executor().execute(() -> done.add(value));
                }
            }));
        }
        for (CompletableFuture<Void> thread : running) {
            thread.get(20, TimeUnit.SECONDS);
        }
        clock.runPending();
        assertThat(done).hasSize(threads * each);
    }
}
