package io.conclave.internal;

import io.conclave.GrantLostException;
import io.conclave.OutcomeUnknownException;
import io.conclave.Registration;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionState;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One claimed item. It ends once: completed, given back, lost, or with an outcome that nobody knows. Each of the commits that end it is guarded by the version of the
 * item's delivery node, which every claim of the item raises.
 */
public final class ItemClaim {
    private static final Logger LOG = LoggerFactory.getLogger(ItemClaim.class);
    private static final long NEVER = Long.MAX_VALUE / 2;
    /** The guards that stand before the caller's. */
    private static final int OWN_GUARDS = 3;

    private enum Phase {
        HELD,
        ENDING,
        ENDED,
        LOST
    }

    private final ConclaveCore core;
    private final QueueLayout layout;
    private final Session session;
    private final String key;
    private final Payload payload;
    private final long itemVersion;
    private final long deliveryVersion;
    private final int delivery;
    private final Consumer<ItemClaim> onEnd;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.HELD);
    private final List<Registration> registrations = new CopyOnWriteArrayList<>();
    private volatile boolean handedOut;

    ItemClaim(
            ConclaveCore core,
            QueueLayout layout,
            Session session,
            String key,
            Payload payload,
            long itemVersion,
            long deliveryVersion,
            int delivery,
            Consumer<ItemClaim> onEnd) {
        this.core = core;
        this.layout = layout;
        this.session = session;
        this.key = key;
        this.payload = payload;
        this.itemVersion = itemVersion;
        this.deliveryVersion = deliveryVersion;
        this.delivery = delivery;
        this.onEnd = onEnd;
    }

    /** Names the item within its queue, for all its life. */
    public String key() {
        return key;
    }

    /** What was put. */
    public Payload payload() {
        return payload;
    }

    /** Where it stands. */
    public NodePath item() {
        return layout.item(key);
    }

    /** How often it has been delivered, this time included: from 1. */
    public int delivery() {
        return delivery;
    }

    /** Whether the session to which the claim is bound is believed to live. */
    public boolean isValid() {
        Phase now = phase.get();
        if (now == Phase.ENDED || now == Phase.LOST) {
            return false;
        }
        if (session.state().isFinal()) {
            lose();
            return false;
        }
        return !core.timekeeper().isPast(session.validUntilNanos());
    }

    /** True if it was neither completed nor given back nor lost. */
    public boolean isOpen() {
        isValid();
        return phase.get() == Phase.HELD;
    }

    void handOut() {
        handedOut = true;
    }

    Session session() {
        return session;
    }

    private void lose() {
        if (phase.compareAndSet(Phase.HELD, Phase.LOST)) {
            onEnd.accept(this);
        }
    }

    /** Calls the listener once, on the user's executor, when the session is over or not believed to live any more. */
    public Registration onLost(Runnable listener) {
        Objects.requireNonNull(listener, "listener");
        AtomicBoolean told = new AtomicBoolean();
        Registration registration = core.addStateListener(state -> {
            if ((session.state().isFinal() || session.state() == SessionState.DOUBTFUL)
                    && isUnfinished()
                    && told.compareAndSet(false, true)) {
                listener.run();
            }
        });
        if (!isValid() && isUnfinished() && told.compareAndSet(false, true)) {
            Calls.inBackground(core.callbacks().run("an onLost listener of a claim", listener), "telling a loss");
        }
        registrations.add(registration);
        if (phase.get() == Phase.ENDED) {
            registration.close();
        }
        return registration;
    }

    private boolean isUnfinished() {
        Phase now = phase.get();
        return now == Phase.HELD || now == Phase.LOST;
    }

    private GrantLostException lostException() {
        return new GrantLostException("the claim of item " + key + " of " + layout.root()
                + " is lost: its session ended, or the item was claimed by another since");
    }

    private void requireHeld() {
        isValid();
        Phase now = phase.get();
        if (now == Phase.LOST) {
            throw lostException();
        } else if (now != Phase.HELD) {
            throw new IllegalStateException(
                    "the claim of item " + key + " of " + layout.root() + " was completed or given back");
        }
    }

    /** Removes the item for good, in one commit with what the caller adds. The caller's conditions count from 0; refused by them, the claim stays. */
    public CommitResult complete(Consumer<Commit.Builder> parts) throws InterruptedException {
        Callbacks.refuseInside("Claim.complete");
        return await(completeOnEngine(parts));
    }

    /** The same, for the user's own threads. */
    public CompletableFuture<CommitResult> completeAsync(Consumer<Commit.Builder> parts) {
        return core.callbacks().forUser("completeAsync", completeOnEngine(parts));
    }

    private CompletableFuture<CommitResult> completeOnEngine(Consumer<Commit.Builder> parts) {
        Objects.requireNonNull(parts, "parts");
        return end(builder -> {
            parts.accept(builder);
            builder.write(Write.delete(item()));
            builder.write(Write.delete(layout.delivery(key)));
            builder.write(Write.delete(layout.claim(key)));
            ConclaveCore.requireUserParts(nothing -> {}).accept(builder);
        });
    }

    /** Gives the item back: the next consumer in turn gets it, as another delivery. */
    public void giveBack() throws InterruptedException {
        Callbacks.refuseInside("Claim.giveBack");
        await(giveBackOnEngine());
    }

    /** The same, for the user's own threads. */
    public CompletableFuture<CommitResult> giveBackAsync() {
        return core.callbacks().forUser("giveBackAsync", giveBackOnEngine());
    }

    /** What nobody has seen goes back as if it had never been claimed, if this was the first time. */
    CompletableFuture<CommitResult> giveBackOnEngine() {
        boolean untouched = !handedOut && delivery == 1;
        return end(builder -> {
            if (untouched) {
                builder.write(Write.delete(layout.delivery(key)));
            }
            builder.write(Write.delete(layout.claim(key)));
        });
    }

    void giveBackInBackground() {
        if (isOpen()) {
            Calls.inBackground(giveBackOnEngine(), "giving an item back");
        }
    }

    /** One commit under the claim's guards. Whatever it says, it is settled here or in the background, and no claim is left behind while the session lives. */
    private CompletableFuture<CommitResult> end(Consumer<Commit.Builder> parts) {
        try {
            requireHeld();
        } catch (RuntimeException ended) {
            return CompletableFuture.failedFuture(ended);
        }
        if (!phase.compareAndSet(Phase.HELD, Phase.ENDING)) {
            return CompletableFuture.failedFuture(new IllegalStateException(
                    "the claim of item " + key + " of " + layout.root() + " is being completed or given back"));
        }
        CompletableFuture<CommitResult> done = new CompletableFuture<>();
        CompletableFuture<CommitResult> answer = new StoreCalls(core)
                .on(
                        session,
                        core.callDeadline(),
                        (builder, id) -> {
                            builder.guard(Guard.versionIs(layout.delivery(key), deliveryVersion));
                            builder.guard(Guard.versionIs(item(), itemVersion));
                            builder.guard(Guard.versionIs(layout.claim(key), 0));
                            parts.accept(builder);
                        },
                        this::settledLate);
        Calls.whenDone(answer, Runnable::run, (result, failure) -> {
            if (result instanceof CommitResult.Applied) {
                ended(Phase.ENDED);
                done.complete(result);
            } else if (result instanceof CommitResult.Refused refused) {
                refused(refused, done);
            } else {
                failed(failure != null ? failure : new IllegalStateException("no result"), done);
            }
        });
        return done;
    }

    private void refused(CommitResult.Refused refused, CompletableFuture<CommitResult> done) {
        if (refused.index() < OWN_GUARDS) {
            ended(Phase.LOST);
            done.completeExceptionally(lostException());
        } else {
            phase.set(Phase.HELD);
            done.complete(new CommitResult.Refused(refused.index() - OWN_GUARDS, refused.then()));
        }
    }

    private void failed(Throwable failure, CompletableFuture<CommitResult> done) {
        if (failure instanceof SessionLostException) {
            ended(Phase.LOST);
            done.completeExceptionally(lostException());
        } else if (failure instanceof OutcomeUnknownException) {
            ended(Phase.ENDED);
            done.completeExceptionally(failure);
        } else {
            phase.set(Phase.HELD); // surely not applied: the caller may try again
            done.completeExceptionally(failure);
        }
    }

    private void ended(Phase how) {
        phase.set(how);
        if (how == Phase.ENDED) {
            registrations.forEach(Registration::close);
        }
        onEnd.accept(this);
    }

    /** The outcome was told as unknown. If it was "no", nobody else will give the item back while the session lives. */
    private void settledLate(Withdrawal found) {
        if (found == Withdrawal.NEVER_APPLIED) {
            CompletableFuture<CommitResult> removal = new StoreCalls(core)
                    .on(
                            session,
                            core.timekeeper().nanoTime() + NEVER,
                            (builder, id) -> builder.guard(Guard.versionIs(layout.delivery(key), deliveryVersion))
                                    .write(Write.delete(layout.claim(key))),
                            late -> {});
            Calls.inBackground(removal, "giving an item back");
        }
    }

    private CommitResult await(CompletableFuture<CommitResult> answer) throws InterruptedException {
        try {
            return Waits.get(core.timekeeper(), answer, core.callDeadline() + PlainNodes.GRACE_NANOS);
        } catch (TimeoutException late) {
            throw new OutcomeUnknownException("no answer within the call time-out", late);
        }
    }

    /** For {@code close()}: gives it back if that is still to be done, waiting while there is contact, and never throws. */
    public void close() {
        if (!isOpen()) {
            return;
        }
        CompletableFuture<CommitResult> back = giveBackOnEngine();
        if (Callbacks.isInside() || session.state() != SessionState.ACTIVE) {
            Calls.inBackground(back, "giving an item back");
            return;
        }
        try {
            await(back);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // it goes on in the background
        } catch (RuntimeException lost) {
            LOG.debug("giving back item {} ended with a failure", key, lost);
        }
    }
}
