package io.conclave.tck;

import io.conclave.spi.BackendException;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assertions;

/** Waits that end: on conditions and stages, in real time, driving virtual time on where nothing happens without. */
final class Patience {
    private static final long POLL_MILLIS = 2;
    private static final int STEPS_PER_TTL = 100;
    private static final int ROUNDS_WITHOUT_PAUSE = 200;
    private static final Duration REAL_WORK = Duration.ofMillis(300);

    private final BackendUnderTest target;

    Patience(BackendUnderTest target) {
        this.target = target;
    }

    /** The stage's value; its {@link BackendException} is thrown as it is. */
    <T> T await(CompletionStage<T> stage, String what) {
        CompletableFuture<T> done = stage.toCompletableFuture();
        if (target.virtualTime()) {
            until(done::isDone, what);
        }
        try {
            return done.get(limit().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException hangs) {
            throw new AssertionError(what + " did not complete within " + limit(), hangs);
        } catch (InterruptedException interrupted) {
            throw interrupted(what, interrupted);
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            if (cause instanceof BackendException known) {
                throw known;
            }
            throw new AssertionError(what + " failed outside the taxonomy of BackendException: " + cause, cause);
        }
    }

    /** Waits for a condition. */
    void until(BooleanSupplier condition, String what) {
        Timekeeper real = Timekeeper.system();
        long end = real.deadlineAfter(limit());
        long soon = real.deadlineAfter(REAL_WORK);
        long virtualEnd = target.timekeeper().deadlineAfter(operationTime().plus(target.sessionTtl()));
        settle();
        for (int round = 0; !condition.getAsBoolean(); round++) {
            // threads of the check itself take real time also where time is virtual
            boolean runOut = target.virtualTime()
                    && real.isPast(soon)
                    && target.timekeeper().isPast(virtualEnd);
            if (runOut || real.isPast(end)) {
                Assertions.fail(what + " did not happen within " + (runOut ? operationTime() : limit()));
            }
            if (!target.virtualTime() || round >= ROUNDS_WITHOUT_PAUSE) {
                pause();
            }
            if (target.virtualTime()) {
                advance(target.sessionTtl().dividedBy(STEPS_PER_TTL));
            }
        }
    }

    /** How long an operation may take: longer than anything in order takes, and than a session lasts. */
    Duration operationTime() {
        Duration sessions = target.sessionTtl().multipliedBy(5);
        return sessions.compareTo(target.patience()) > 0 ? sessions : target.patience();
    }

    void settle() {
        if (target.virtualTime()) {
            advance(Duration.ZERO);
        }
    }

    void advance(Duration time) {
        try {
            target.advance(time);
        } catch (InterruptedException interrupted) {
            throw interrupted("time", interrupted);
        }
    }

    /** Lets other threads work for a moment of real time. */
    private static void pause() {
        realPause(Duration.ofMillis(POLL_MILLIS));
    }

    static void realPause(Duration time) {
        try {
            new CompletableFuture<Void>().get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException rested) {
            return;
        } catch (InterruptedException interrupted) {
            throw interrupted("a pause", interrupted);
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A little longer than the deadline of an operation, so that the operation's own failure is seen first. */
    private Duration limit() {
        return operationTime().plusSeconds(2);
    }

    private static AssertionError interrupted(String what, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted while waiting for " + what, cause);
    }
}
