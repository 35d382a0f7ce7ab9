package io.conclave.internal;

import io.conclave.spi.IndeterminateException;
import io.conclave.spi.UnavailableException;
import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/** The one retry policy: which failures are worth another try, and how long to wait before it. */
final class RetryPolicy {
    private static final IntervalFunction PAUSES =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(20), 2.0, 0.5, Duration.ofSeconds(1));

    private static final IntervalFunction CONTENTION =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(4), 2.0, 0.5, Duration.ofMillis(500));

    private RetryPolicy() {}

    /** How long to wait before the next try; {@code attempt} counts the failures, from 1. */
    static Duration pause(int attempt) {
        return Duration.ofMillis(PAUSES.apply(Math.min(attempt, 30)));
    }

    /** How long to wait before trying again where others were faster; {@code attempt} counts the defeats, from 1. */
    static Duration contention(int attempt) {
        return Duration.ofMillis(CONTENTION.apply(Math.min(attempt, 30)));
    }

    /** How long to wait after a refusal that may not pass: a second at first, at most half a minute. */
    static Duration pauseAfterRefusal(int attempt) {
        return Duration.ofSeconds(Math.min(30, 1L << Math.min(Math.max(attempt, 1) - 1, 5)));
    }

    /** True for failures of the way to the store, which pass. */
    static boolean mayPass(Throwable failure) {
        return failure instanceof UnavailableException || failure instanceof IndeterminateException;
    }

    /** The failure itself, without the wrapping that futures add. */
    static Throwable unwrap(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}
