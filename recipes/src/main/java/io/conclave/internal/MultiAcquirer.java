package io.conclave.internal;

import io.conclave.FencedGrant;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The wait verbs over several queues of one Conclave: all grants or none. Thread-safe, stateless. */
public final class MultiAcquirer {
    private final ConclaveCore core;
    /** In the order of acquisition, which is the same everywhere. */
    private final List<Acquirer> ordered;

    private final List<Acquirer> given;

    /** Acquires these together. Refuses none, those of several Conclaves, and two of one queue. */
    public MultiAcquirer(List<Acquirer> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("nothing to acquire");
        }
        this.given = List.copyOf(parts);
        this.core = parts.get(0).core();
        this.ordered = parts.stream()
                .sorted(Comparator.comparing((Acquirer part) -> part.path().toString())
                        .thenComparing(part -> part.key().tags().toString()))
                .toList();
        for (int i = 0; i < ordered.size(); i++) {
            if (ordered.get(i).core() != core) {
                throw new IllegalArgumentException(
                        "the parts belong to different Conclaves: there is no one order of both");
            }
            if (i > 0 && ordered.get(i).key().equals(ordered.get(i - 1).key())) {
                throw new IllegalArgumentException(
                        "two parts of " + ordered.get(i).path() + ", one of which would wait for the other");
            }
        }
    }

    /** The grants of the parts as they were given, in the reverse order of their acquisition. */
    public <G> List<G> lastFirst(List<? extends G> grants) {
        List<G> sorted = new ArrayList<>();
        for (Acquirer part : ordered) {
            sorted.add(0, grants.get(given.indexOf(part)));
        }
        return List.copyOf(sorted);
    }

    /** Waits for ever. The grants come in the order in which the parts were given. */
    public List<FencedGrant> acquire() throws InterruptedException {
        Callbacks.refuseInside("acquire");
        return await(start(null, Thread.currentThread()));
    }

    /** Waits at most this long for all of them; zero tries each once. */
    public List<FencedGrant> acquire(Duration wait) throws InterruptedException, TimeoutException {
        Callbacks.refuseInside("acquire");
        try {
            return await(start(Waits.requireWait(wait), Thread.currentThread()));
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof TimeoutException late) {
                throw late;
            }
            throw failure;
        }
    }

    /** Tries each once, one after the other; gives up with the first that is not free. */
    public Optional<List<FencedGrant>> tryAcquire() throws InterruptedException {
        Callbacks.refuseInside("tryAcquire");
        try {
            return Optional.of(await(start(Duration.ZERO, Thread.currentThread())));
        } catch (CompletionException failure) {
            Throwable cause = failure.getCause();
            if (cause instanceof TimeoutException && cause.getCause() instanceof UnavailableException noAnswer) {
                throw noAnswer;
            }
            if (cause instanceof TimeoutException) {
                return Optional.empty();
            }
            throw failure;
        }
    }

    /** In a future; null waits for ever. Cancelling it withdraws. */
    public CompletableFuture<List<FencedGrant>> acquireAsync(@Nullable Duration wait) {
        MultiAttempt attempt = start(wait == null ? null : Waits.requireWait(wait), null);
        CompletableFuture<List<FencedGrant>> user = new CompletableFuture<>();
        Calls.whenDone(attempt.result, core.callbacks().completer("acquireAsync"), (grants, failure) -> {
            boolean taken = grants != null
                    ? user.complete(grants)
                    : user.completeExceptionally(
                            failure != null ? failure : new IllegalStateException("neither grants nor failure"));
            if (!taken && grants != null) {
                MultiAttempt.giveBack(grants);
            }
        });
        Calls.whenDone(user, Runnable::run, (grants, failure) -> attempt.abandon());
        return user;
    }

    private MultiAttempt start(@Nullable Duration wait, @Nullable Thread thread) {
        MultiAttempt attempt = new MultiAttempt(core, ordered, this::asGiven, wait, thread);
        attempt.start();
        return attempt;
    }

    private List<FencedGrant> await(MultiAttempt attempt) throws InterruptedException {
        boolean got = false;
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted before waiting for several");
            }
            List<FencedGrant> grants = Waits.get(core.timekeeper(), attempt.result);
            got = true;
            return grants;
        } finally {
            if (!got && !attempt.result.cancel(false) && !attempt.result.isCompletedExceptionally()) {
                MultiAttempt.giveBack(attempt.result.join()); // they came with an interruption
            } else if (!got) {
                attempt.abandon();
            }
        }
    }

    private List<FencedGrant> asGiven(List<FencedGrant> grants) {
        List<FencedGrant> sorted = new ArrayList<>();
        for (Acquirer part : given) {
            sorted.add(grants.get(ordered.indexOf(part)));
        }
        return List.copyOf(sorted);
    }
}
