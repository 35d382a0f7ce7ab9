package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.QueueView;
import io.conclave.Registration;
import io.conclave.StaleStoreException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.NodePath;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The wait verbs of every recipe that queues for a grant, made once. Thread-safe, stateless. */
public final class Acquirer {
    private static final Logger LOG = LoggerFactory.getLogger(Acquirer.class);
    private static final long FOR_EVER = Long.MAX_VALUE / 2;

    private final ConclaveCore core;
    private final ContenderQueue.Key key;
    private final AdmissionPolicy policy;
    private final boolean fair;
    private final String owner;

    /** Acquires on this path under this policy; an empty owner stands for the Conclave's own label. */
    public Acquirer(Conclave conclave, String path, AdmissionPolicy policy, boolean fair, String owner) {
        this.core = ConclaveCore.of(conclave);
        this.key = new ContenderQueue.Key(ConclaveCore.requireUserPath(path), policy.tags());
        this.policy = policy;
        this.fair = fair;
        this.owner = owner.isEmpty() ? core.owner() : ContenderData.requireLabel("id", owner);
    }

    /** The path. */
    public NodePath path() {
        return key.path();
    }

    /** Waits for ever. */
    public FencedGrant acquire() throws InterruptedException {
        refuse("acquire");
        return await(enqueue(FOR_EVER, false, false, Thread.currentThread()));
    }

    /** Waits at most this long; zero tries once, and times out also if there is no answer within the call time-out. */
    public FencedGrant acquire(Duration wait) throws InterruptedException, TimeoutException {
        refuse("acquire");
        Waiter waiter = enqueueFor(wait, Thread.currentThread());
        try {
            return await(waiter);
        } catch (RuntimeException failure) {
            if (failure instanceof CompletionException && failure.getCause() instanceof TimeoutException late) {
                throw late;
            }
            if (isNotNow(waiter, failure)) {
                throw notGranted(failure);
            }
            throw failure;
        }
    }

    /** Waits for ever, interrupts too; the interrupt is kept for the caller. */
    public FencedGrant acquireUninterruptibly() {
        refuse("lock");
        return awaitUninterruptibly(enqueue(FOR_EVER, false, false, Thread.currentThread()));
    }

    /**
     * Takes a place beside a held grant of this path, which must be such that nobody else has to be waited for: one round trip. The grant has the other's token.
     *
     * @throws IllegalArgumentException if the held one is not of this queue, or not under that policy
     */
    public FencedGrant acquireBeside(Grant held, AdmissionPolicy of) throws InterruptedException {
        refuse("readUnder");
        return await(enqueueBeside(held, of, Thread.currentThread()));
    }

    /** The same; interrupts wait, and are kept for the caller. */
    public FencedGrant acquireBesideUninterruptibly(Grant held, AdmissionPolicy of) {
        refuse("lock");
        return awaitUninterruptibly(enqueueBeside(held, of, Thread.currentThread()));
    }

    /** The same in a future. */
    public CompletableFuture<FencedGrant> acquireBesideAsync(Grant held, AdmissionPolicy of) {
        return userFuture(enqueueBeside(held, of, null));
    }

    /** The same in a future, which gives the held grant back before it completes. */
    public CompletableFuture<FencedGrant> replaceAsync(Grant held, AdmissionPolicy of) {
        CompletableFuture<FencedGrant> beside = future(enqueueBeside(held, of, null), Runnable::run);
        CompletableFuture<FencedGrant> user = new CompletableFuture<>();
        Executor completer = core.callbacks().completer("a future");
        Calls.whenDone(beside, Runnable::run, (grant, failure) -> {
            if (grant == null) {
                completer.execute(() -> user.completeExceptionally(orNever(failure)));
                return;
            }
            Calls.whenDone(((HeldGrant) held).releaseOnEngine(), completer, (nothing, lost) -> {
                if (lost != null ? user.completeExceptionally(lost) : user.complete(grant)) {
                    LOG.debug("a grant of {} was replaced: {}", path(), lost == null);
                }
                if (lost != null || user.isCancelled()) {
                    giveBack(grant, already -> LOG.debug("a grant of {} came in vain", path()));
                }
            });
        });
        Calls.whenDone(user, Runnable::run, (grant, failure) -> beside.cancel(false));
        return user;
    }

    private Waiter enqueueBeside(Grant held, AdmissionPolicy of, @Nullable Thread thread) {
        java.util.Objects.requireNonNull(held, "held");
        if (!(held instanceof HeldGrant grant)
                || grant.queue().core != core
                || !grant.queue().key.equals(key)
                || !grant.policy().equals(of)) {
            throw new IllegalArgumentException("not a " + of.kind() + " grant of " + key.path() + ": " + held);
        }
        grant.requireValid();
        return enqueue(core.callDeadline(), true, true, thread, grant);
    }

    private FencedGrant awaitUninterruptibly(Waiter waiter) {
        boolean interrupted = false;
        FencedGrant grant = null;
        try {
            while (grant == null) {
                try {
                    grant = Waits.get(timekeeper(), waiter.future);
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
            return grant;
        } finally {
            if (grant == null) {
                abandon(waiter);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Tries once. */
    public Optional<FencedGrant> tryAcquire() throws InterruptedException {
        refuse("tryAcquire");
        try {
            return Optional.of(await(enqueue(core.callDeadline(), true, true, Thread.currentThread())));
        } catch (Waiter.AheadException ahead) {
            return Optional.empty();
        }
    }

    /** Waits for ever in a future. */
    public CompletableFuture<FencedGrant> acquireAsync() {
        return userFuture(enqueue(FOR_EVER, false, false, null));
    }

    /** Waits at most this long in a future; zero fails at once unless it is free. */
    public CompletableFuture<FencedGrant> acquireAsync(Duration wait) {
        return userFuture(enqueueFor(wait, null));
    }

    /** Like {@link #acquireAsync}, but a grant without a token is given back and the future fails. A null wait is for ever. */
    public CompletableFuture<FencedGrant> acquireFencedAsync(@Nullable Duration wait) {
        Waiter waiter = wait == null ? enqueue(FOR_EVER, false, false, null) : enqueueFor(wait, null);
        waiter.needsToken = true;
        return userFuture(waiter);
    }

    private static void refuse(String verb) {
        Callbacks.refuseInside(verb);
    }

    /** A wait of zero is one try, which has the call time-out to find out. */
    private Waiter enqueueFor(Duration wait, @Nullable Thread thread) {
        return Waits.requireWait(wait).isZero()
                ? enqueue(core.callDeadline(), true, true, thread)
                : enqueue(timekeeper().deadlineAfter(wait), true, false, thread);
    }

    private Waiter enqueue(long deadlineNanos, boolean bounded, boolean tryOnly, @Nullable Thread thread) {
        return enqueue(deadlineNanos, bounded, tryOnly, thread, null);
    }

    private Waiter enqueue(
            long deadlineNanos, boolean bounded, boolean tryOnly, @Nullable Thread thread, @Nullable HeldGrant beside) {
        long now = timekeeper().nanoTime();
        long deadline = bounded ? deadlineNanos : now + FOR_EVER;
        ContenderQueue queue = core.pin(key);
        Waiter waiter = new Waiter(queue, policy, owner, fair, tryOnly, now, deadline, bounded);
        waiter.thread = thread;
        waiter.beside = beside;
        queue.enqueue(waiter);
        return waiter;
    }

    /** However the wait ends, nothing is left behind but the grant that it returns. */
    private FencedGrant await(Waiter waiter) throws InterruptedException {
        boolean got = false;
        try {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted before waiting for " + key.path());
            }
            FencedGrant grant = Waits.get(timekeeper(), waiter.future);
            got = true;
            return grant;
        } finally {
            if (!got) {
                abandon(waiter);
            }
        }
    }

    private void abandon(Waiter waiter) {
        if (waiter.future.cancel(false)) {
            waiter.queue.abandoned(waiter);
        } else if (!waiter.future.isCompletedExceptionally()) {
            Calls.inBackground(
                    waiter.future.join().releaseOnEngine(), "releasing a grant that came with an interruption");
        }
    }

    /**
     * Waits for ever in a future that is completed on an engine thread, for recipes that go on from there. Cancelling it withdraws; a grant that comes
     * too late is released.
     */
    public CompletableFuture<FencedGrant> acquireOnEngine() {
        return future(enqueue(FOR_EVER, false, false, null), Runnable::run);
    }

    /** The same with a bound, null for none, and for a thread that blocks, if one does. */
    CompletableFuture<FencedGrant> acquireOnEngine(@Nullable Duration wait, @Nullable Thread thread) {
        Waiter waiter = wait == null ? enqueue(FOR_EVER, false, false, thread) : enqueueFor(wait, thread);
        return future(waiter, Runnable::run);
    }

    ConclaveCore core() {
        return core;
    }

    ContenderQueue.Key key() {
        return key;
    }

    private CompletableFuture<FencedGrant> userFuture(Waiter waiter) {
        return future(waiter, core.callbacks().completer("acquireAsync"));
    }

    private CompletableFuture<FencedGrant> future(Waiter waiter, Executor completer) {
        CompletableFuture<FencedGrant> user = new CompletableFuture<>();
        Calls.whenDone(waiter.future, completer, (grant, failure) -> {
            boolean taken = grant != null
                    ? completeWithGrant(user, grant, waiter)
                    : user.completeExceptionally(isNotNow(waiter, failure) ? notGranted(failure) : orNever(failure));
            if (!taken && grant != null) {
                Calls.inBackground(grant.releaseOnEngine(), "releasing a grant that came after cancellation");
            }
        });
        Calls.whenDone(user, Runnable::run, (grant, failure) -> {
            if (!waiter.isDone()) {
                abandon(waiter);
            }
        });
        return user;
    }

    /** How a wait of zero ends if somebody is ahead, or if nobody answers. */
    private static boolean isNotNow(Waiter waiter, @Nullable Throwable failure) {
        return waiter.tryOnly && (failure instanceof Waiter.AheadException || failure instanceof UnavailableException);
    }

    private TimeoutException notGranted(@Nullable Throwable why) {
        TimeoutException late = new TimeoutException(key.path() + " was not granted in time");
        late.initCause(why);
        return late;
    }

    private static boolean completeWithGrant(CompletableFuture<FencedGrant> user, HeldGrant grant, Waiter waiter) {
        try {
            if (waiter.needsToken) {
                grant.requireToken();
            }
            return user.complete(grant);
        } catch (StaleStoreException noToken) {
            user.completeExceptionally(noToken);
            return false;
        }
    }

    /** Completes a future that users see, where user code belongs. */
    public void completeForUser(Runnable completion) {
        core.callbacks().completer("a future").execute(completion);
    }

    /** A drain for the state of a recipe. */
    public SerialDrain newDrain() {
        return new SerialDrain(core.timekeeper().executor());
    }

    private static Throwable orNever(@Nullable Throwable failure) {
        return failure != null ? failure : new IllegalStateException("neither grant nor failure");
    }

    /** The contenders of this policy's tags, in order. */
    public QueueView queue() throws InterruptedException {
        return new ContenderList(core, key.path(), key.tags()).view();
    }

    /** The contenders as a list. */
    public List<Contender> contenders() throws InterruptedException {
        return queue().contenders();
    }

    /** Fails, for a grant without a token, after giving it back. */
    public static FencedGrant requireToken(FencedGrant grant) {
        try {
            if (grant.fencingToken() > 0) {
                return grant;
            }
            throw new IllegalStateException("a token that is not positive");
        } catch (RuntimeException noToken) {
            giveBack(grant, lost -> LOG.debug("a grant of {} without a token was given back", grant.path()));
            throw noToken;
        }
    }

    /** The Conclave's time. */
    public Timekeeper timekeeper() {
        return core.timekeeper();
    }

    /** The moment that lies the given wait from now; refuses nulls and negative times. */
    public long deadlineAfter(Duration wait) {
        return core.timekeeper().deadlineAfter(Waits.requireWait(wait));
    }

    /** Waits for something that goes on in the background all the same: at most the call time-out, and not inside a callback. */
    public void awaitQuietly(CompletableFuture<Void> future) {
        if (Callbacks.isInside()) {
            return;
        }
        try {
            Waits.get(core.timekeeper(), future, core.callDeadline());
        } catch (TimeoutException late) {
            LOG.debug("{}: closing goes on in the background", key.path());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // closing goes on in the background
        }
    }

    /** Callbacks that run in order on the user's executor; the overflow action is told if some were dropped. */
    public SerialCallbacks serialCallbacks(String what, Runnable overflow) {
        return core.serialCallbacks(what, overflow);
    }

    /** Runs user code that may block, on the user's executor. Throws what the executor throws. */
    public void runBlocking(Runnable body) {
        core.callbacks().runBlocking(body);
    }

    /** Calls back when the Conclave is closed; quickly, on an engine thread. */
    public Registration onClosed(Runnable hook) {
        return core.onClosed(hook);
    }

    /**
     * Calls the hook when the grant is lost or released, at once on the thread that finds out or releases, not on the user's executor, which may be busy. The hook must
     * be quick and idempotent.
     */
    public static void onEndAtOnce(FencedGrant grant, Runnable hook) {
        ((HeldGrant) grant).onEndAtOnce(hook);
    }

    /** Whether the grant was given back before it was known to be lost. */
    public static boolean isReleased(FencedGrant grant) {
        return ((HeldGrant) grant).isReleased();
    }

    /** Gives the grant back, for recipes that go on from there: then tells, on an engine thread, whether it had been lost. */
    public static void giveBack(FencedGrant grant, Consumer<Boolean> lost) {
        Calls.whenDone(
                ((HeldGrant) grant).releaseOnEngine(),
                Runnable::run,
                (nothing, failure) -> lost.accept(failure instanceof GrantLostException));
    }

    /** Refuses blocking inside callbacks. */
    public static void refuseInCallback(String verb) {
        refuse(verb);
    }

    /** Waits for the future, at most until the deadline. */
    public <T> T get(CompletableFuture<T> future, long deadlineNanos) throws InterruptedException, TimeoutException {
        return Waits.get(core.timekeeper(), future, deadlineNanos);
    }

    /** Waits for the future. */
    public <T> T get(CompletableFuture<T> future) throws InterruptedException {
        return Waits.get(core.timekeeper(), future);
    }

    /** Hands the value of a stage, or its unwrapped failure, to the consumer on this thread or the completing one. */
    public static <T> void whenDone(CompletableFuture<T> future, Consumer<T> value, Consumer<Throwable> failure) {
        Calls.whenDone(future, Runnable::run, (got, failed) -> {
            if (got != null) {
                value.accept(got);
            } else {
                failure.accept(orNever(failed));
            }
        });
    }

    /** Runs the task when the future is done, however it ended. */
    public static void afterwards(CompletableFuture<Void> future, Runnable task) {
        Calls.whenDone(future, Runnable::run, (nothing, failure) -> task.run());
    }

    /** The delay before trying again after the given number of failures. */
    public Cancellable afterPause(int failures, Runnable task) {
        return core.timekeeper().schedule(task, RetryPolicy.pause(failures));
    }
}
