package io.conclave.internal;

import io.conclave.spi.Cancellable;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One wait of one caller: it ends once, by a result, a failure, its deadline, an interrupt or a cancellation. If the engine did not end it, its clean-up is told, once;
 * a result that comes too late goes back to who made it.
 *
 * @param <T> what is waited for
 */
public final class PendingWait<T> {
    private final ConclaveCore core;
    private final String what;
    private final boolean once;
    private final boolean bounded;
    private final long deadlineNanos;
    private final CompletableFuture<T> future = new CompletableFuture<>();
    private final AtomicReference<@Nullable Runnable> cleanUp = new AtomicReference<>();
    private volatile @Nullable Cancellable timer;

    /** Waits at most this long; null waits for ever, zero for one answer of the store, at most the call time-out. {@code what} begins the message of the time-out. */
    PendingWait(ConclaveCore core, @Nullable Duration wait, String what) {
        this.core = core;
        this.what = what;
        this.once = wait != null && Waits.requireWait(wait).isZero();
        this.bounded = wait != null;
        this.deadlineNanos = wait == null
                ? core.calls().never()
                : once ? core.callDeadline() : core.timekeeper().deadlineAfter(wait);
    }

    /** Starts the clock. The clean-up is quick and hops to a drain of its own. */
    public void begin(Runnable ifAbandoned) {
        cleanUp.set(ifAbandoned);
        if (bounded) {
            timer = core.timekeeper().schedule(this::expire, core.timekeeper().until(deadlineNanos));
        }
        Calls.whenDone(future, Runnable::run, (value, failure) -> {
            Cancellable running = timer;
            if (running != null) {
                running.cancel();
            }
        });
    }

    private void expire() {
        if (future.completeExceptionally(
                once ? new UnavailableException("no answer about " + what + " within the call time-out") : late())) {
            abandoned();
        }
    }

    private TimeoutException late() {
        return new TimeoutException(what + " did not happen in time");
    }

    private void abandoned() {
        Runnable action = cleanUp.getAndSet(null);
        if (action != null) {
            action.run();
        }
    }

    /** By when it has ended. */
    public long deadlineNanos() {
        return deadlineNanos;
    }

    /** Whether it has ended. */
    public boolean isDone() {
        return future.isDone();
    }

    /** Whether somebody still waited for it. */
    public boolean complete(T value) {
        return future.complete(value);
    }

    /** Ends it with a failure. */
    public void fail(Throwable why) {
        future.completeExceptionally(why);
    }

    /** It was looked for and is not there yet: a wait of zero is over. */
    public void notYet() {
        if (once && future.completeExceptionally(late())) {
            abandoned();
        }
    }

    /** Waits on this thread. Interrupted, it is called off, unless the result is there: then the interrupt is kept for the caller. */
    public T await() throws InterruptedException, TimeoutException {
        return await(TimeoutException.class);
    }

    /** The same, where a failure of a checked kind may come. */
    public <X extends Exception> T await(Class<X> checked) throws InterruptedException, TimeoutException, X {
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted before waiting: " + what);
            }
            return Waits.get(core.timekeeper(), future);
        } catch (InterruptedException interrupted) {
            if (future.cancel(false)) {
                abandoned();
                throw interrupted;
            }
            Thread.currentThread().interrupt();
            return unwrapped(checked);
        } catch (CompletionException failed) {
            return unwrapped(checked);
        }
    }

    private <X extends Exception> T unwrapped(Class<X> checked) throws TimeoutException, X {
        try {
            return Waits.value(future);
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof TimeoutException late) {
                throw late;
            }
            if (checked.isInstance(failed.getCause())) {
                throw checked.cast(failed.getCause());
            }
            throw failed;
        }
    }

    /** A future for the user. Cancelling or completing it calls the wait off; a result that comes later is handed to {@code tooLate}. */
    public CompletableFuture<T> forUser(String of, Consumer<T> tooLate) {
        CompletableFuture<T> user = new CompletableFuture<>();
        Calls.whenDone(future, core.callbacks().completer(of), (value, failure) -> {
            if (failure != null) {
                user.completeExceptionally(failure);
            } else if (value != null && !user.complete(value)) {
                tooLate.accept(value);
            }
        });
        Calls.whenDone(user, Runnable::run, (value, failure) -> {
            if (future.cancel(false)) {
                abandoned();
            }
        });
        return user;
    }
}
