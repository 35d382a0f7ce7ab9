package io.conclave.internal;

import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a {@link TreeMirror} to have got somewhere. A revision is reached when nothing is left to be read, and one of these is so: a later change was told; a change of
 * that revision was told, and a read answered after that, since a commit may be told in several calls; a read was answered that was asked for after the wait began, by a backend whose events never lag behind replies; a load was finished that began after the wait. On
 * the mirror's drain.
 */
final class MirrorWaits {
    /** How long an event may take before everything is read instead. */
    private static final Duration EVENT_PATIENCE = Duration.ofMillis(200);

    private static final int WAITING_MAX = 10_000;

    private static final class Wait {
        final long revision;
        final CompletableFuture<Void> future;
        final int afterLoad;
        boolean ready;

        Wait(long revision, CompletableFuture<Void> future, int afterLoad) {
            this.revision = revision;
            this.future = future;
            this.afterLoad = afterLoad;
        }
    }

    private final ConclaveCore core;
    private final SerialDrain drain;
    private final BooleanSupplier settled;
    private final Runnable probe;
    private final Runnable load;
    private final CompletableFuture<Void> loaded = new CompletableFuture<>();
    private final List<Wait> waiting = new ArrayList<>();
    private @Nullable Throwable over;
    private long told;
    private long confirmed;
    private int loadsStarted;
    private int loadsEnded;
    private boolean fresh;

    MirrorWaits(ConclaveCore core, SerialDrain drain, BooleanSupplier settled, Runnable probe, Runnable load) {
        this.core = core;
        this.drain = drain;
        this.settled = settled;
        this.probe = probe;
        this.load = load;
    }

    CompletableFuture<Void> loaded() {
        return loaded;
    }

    boolean isLoaded() {
        return loaded.isDone();
    }

    void told(long revision) {
        told = Math.max(told, revision);
    }

    long told() {
        return told;
    }

    /** All that was told up to that revision was told in full. */
    void confirm(long revision) {
        confirmed = Math.max(confirmed, revision);
    }

    boolean isAwaited() {
        return !waiting.isEmpty();
    }

    /** A load begins; one that does not include everything committed before counts for nobody who waits. */
    void loadStarts(ReadLevel level) {
        fresh = level == ReadLevel.LINEARIZABLE;
        if (fresh) {
            loadsStarted++;
        }
    }

    void loadEnds() {
        if (fresh) {
            loadsEnded = loadsStarted;
        }
        loaded.complete(null);
    }

    void add(long revision, CompletableFuture<Void> future, @Nullable Session session) {
        Throwable why = over;
        if (why != null) {
            future.completeExceptionally(why);
            return;
        }
        waiting.removeIf(wait -> wait.future.isDone());
        if (waiting.size() >= WAITING_MAX) {
            future.completeExceptionally(
                    new IllegalStateException(WAITING_MAX + " calls wait for a revision of this view already"));
            return;
        }
        Wait wait = new Wait(revision, future, loadsStarted + 1);
        waiting.add(wait);
        check();
        if (!future.isDone() && session != null) {
            ask(wait, session);
        }
    }

    private void ask(Wait wait, Session session) {
        if (wait.revision <= told) {
            probe.run();
            return;
        }
        if (!core.capabilities().eventBeforeReply()) {
            core.timekeeper().schedule(() -> drain.execute(() -> loadFor(wait)), EVENT_PATIENCE);
            return;
        }
        Query any = Query.get(NodePath.of("/.conclave/epoch"));
        Calls.whenDone(
                core.calls().read(session, List.of(any), ReadLevel.LINEARIZABLE, core.callDeadline()),
                drain,
                (views, failure) -> {
                    if (views != null) {
                        wait.ready = true;
                        check();
                    } else {
                        loadFor(wait);
                    }
                });
    }

    private void loadFor(Wait wait) {
        if (wait.future.isDone() || over != null) {
            return;
        }
        if (wait.revision <= told) {
            probe.run();
        } else {
            load.run();
        }
    }

    /** Lets those go who have what they wait for. */
    void check() {
        if (waiting.isEmpty() || !settled.getAsBoolean()) {
            return;
        }
        List<Wait> done = waiting.stream()
                .filter(wait -> wait.ready
                        || wait.revision < told
                        || wait.revision <= confirmed
                        || wait.afterLoad <= loadsEnded)
                .toList();
        waiting.removeAll(done);
        done.forEach(wait -> wait.future.complete(null));
    }

    void fail(Throwable why) {
        over = why;
        loaded.completeExceptionally(why);
        List<Wait> all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(wait -> wait.future.completeExceptionally(why));
    }
}
