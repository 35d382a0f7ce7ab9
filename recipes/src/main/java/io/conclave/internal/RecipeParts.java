package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the recipes that follow values and directories take from the engine. */
public final class RecipeParts {
    private static final Logger LOG = LoggerFactory.getLogger(RecipeParts.class);

    private final ConclaveCore core;

    /** The parts of this Conclave. */
    public RecipeParts(Conclave conclave) {
        this.core = ConclaveCore.of(conclave);
    }

    /** A path for a recipe: not the root, and not the backend's own. */
    public static NodePath requirePath(String path) {
        return ConclaveCore.requireUserPath(path);
    }

    /** Refuses blocking inside callbacks. */
    public static void refuseInCallback(String verb) {
        Callbacks.refuseInside(verb);
    }

    /** The Conclave's time. */
    public Timekeeper timekeeper() {
        return core.timekeeper();
    }

    /** What the backend can do. */
    public Capabilities capabilities() {
        return core.capabilities();
    }

    /** The label of this process. */
    public String owner() {
        return core.owner();
    }

    /** The deadline of a call that begins now. */
    public long callDeadline() {
        return core.callDeadline();
    }

    /** A future for the user that ends like the engine's; its dependents run as callbacks do. */
    public <T> CompletableFuture<T> forUser(String of, CompletableFuture<T> engine) {
        return core.callbacks().forUser(of, engine);
    }

    /** A wait of a caller. */
    public <T> PendingWait<T> pending(@Nullable Duration wait, String what) {
        return new PendingWait<>(core, wait, what);
    }

    /** Waits without a deadline. */
    public static <T> T awaitForEver(PendingWait<T> pending) throws InterruptedException {
        return awaitForEver(pending, RuntimeException.class);
    }

    /** The same, where a failure of a checked kind may come. */
    public static <T, X extends Exception> T awaitForEver(PendingWait<T> pending, Class<X> checked)
            throws InterruptedException, X {
        try {
            return pending.await(checked);
        } catch (TimeoutException impossible) {
            throw new IllegalStateException("a wait without a deadline timed out", impossible);
        }
    }

    /** A deadline that is never reached. */
    public long never() {
        return core.calls().never();
    }

    /** The data of an own member's node, for people. */
    public Payload memberData() {
        return ContenderData.write(core.owner(), core.timekeeper().wallClockMillis());
    }

    /** Removes an own node; goes on behind until it is gone or the session is over. */
    public void remove(Session session, Node node) {
        if (!session.state().isFinal()) {
            Calls.inBackground(core.calls().remove(session, node), "removing a member");
        }
    }

    /** Settles a create that is not wanted any more; goes on behind until it is settled or the session is over. */
    public void withdraw(Session session, OpId opId) {
        if (!session.state().isFinal()) {
            Calls.inBackground(core.calls().withdraw(session, opId), "withdrawing a member");
        }
    }

    /** One read by the call time-out, on the present session or the next, with everything that was committed before. */
    public View readNow(String verb, Query query) throws InterruptedException {
        return core.plainNodes().read(verb, query, ReadLevel.LINEARIZABLE);
    }

    /** Waits for something that goes on in the background all the same: at most the call time-out, and not inside a callback. */
    public void awaitQuietly(CompletableFuture<Void> future) {
        if (Callbacks.isInside()) {
            return;
        }
        try {
            Waits.get(core.timekeeper(), future, core.callDeadline());
        } catch (TimeoutException late) {
            LOG.debug("closing goes on in the background");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // closing goes on in the background
        }
    }

    /** True for failures of the way to the store, which pass. */
    public static boolean mayPass(Throwable failure) {
        return RetryPolicy.mayPass(failure);
    }

    /** A drain for the state of a recipe. */
    public SerialDrain newDrain() {
        return new SerialDrain(core.timekeeper().executor());
    }

    /** Callbacks that run in order on the user's executor; the overflow action is told if some were dropped. */
    public SerialCallbacks serialCallbacks(String what, Runnable overflow) {
        return core.serialCallbacks(what, overflow);
    }
}
