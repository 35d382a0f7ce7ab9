package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of a node or a subtree that follows the store, over reconnects and from session to session. What caches, groups and look-ups stand on.
 *
 * <p>On each session: set the watches; let the owner prepare (rule of {@link Listener#prepare}); <i>load</i>, that is read everything, page by page, and compare it with the
 * copy. A change that is told makes its path <i>dirty</i>; dirty paths are read one batch after the other, never while a load is running. Every path is read at least once after
 * the last change of it that was told, and what was missed is told as a resync, which loads again; so the copy ends up equal to the store. Nothing is ever concluded from an
 * event but that a path has to be read: events may come late, be several in one, or be told twice.
 *
 * <p>All state is owned by the drain. {@code generation} counts loads: an answer to a question from before the load is dropped.
 */
public final class TreeMirror {
    private static final Logger LOG = LoggerFactory.getLogger(TreeMirror.class);
    private static final int BATCH = 100;
    private static final int DIRTY_MAX = 10_000;
    private static final int PAGE = 10_000;
    private static final int PAGE_MIN = 100;
    private static final int PAGE_MAX = 100_000;

    /** Hears what happens to the copy, on the mirror's drain: quick, and no user code. */
    public interface Listener {
        /**
         * The watches of this session are set and nothing was read yet. What completes with true has made a commit meanwhile, so that a read of the session's own writes is as
         * fresh as any.
         */
        default CompletableFuture<Boolean> prepare(Session session) {
            return CompletableFuture.completedFuture(false);
        }

        /** Something may have been missed; what differs is told next. */
        default void onResync() {}

        /** Nodes have changed, and the copy with them. */
        void onChanges(List<NodeChange> changes);

        /** The copy was loaded on this session: it is what the store holds, or becomes it with changes that are told. */
        default void onLoaded(Session session) {}

        /** The session has ended; the copy is as it was. */
        default void onSessionOver() {}

        /** Following the tree fails for a reason that may not pass; it is tried again. */
        default void onTrouble(Throwable failure) {}

        /** The tree has more nodes than the copy may hold: it has stopped, and is empty. */
        default void onOverflow() {}
    }

    private final ConclaveCore core;
    private final MirrorSpec spec;
    private final Listener listener;
    private final SerialDrain drain;
    private final Registration closeHook;
    private final MirroredNodes nodes = new MirroredNodes();
    private final MirrorWaits waits;
    private final List<Watch> watches = new ArrayList<>();
    private final Set<NodePath> dirty = new LinkedHashSet<>();
    private @Nullable Session session;
    private @Nullable NodePath after;
    private volatile boolean closed;
    private volatile boolean current;
    private int round;
    private int failures;
    private int generation;
    private int page = PAGE;
    private boolean loading;
    private boolean loadDue;
    private boolean reading;

    /** A mirror on a drain of its own. Nothing is sent before {@link #start}. */
    public TreeMirror(Conclave conclave, MirrorSpec spec, Listener listener) {
        this.core = ConclaveCore.of(conclave);
        this.spec = spec;
        this.listener = listener;
        this.drain = new SerialDrain(core.timekeeper().executor());
        this.waits = new MirrorWaits(core, drain, this::isSettled, this::askForProgress, this::loadSoon);
        this.closeHook =
                core.onClosed(() -> drain.execute(() -> stop(new BackendClosedException("the Conclave was closed"))));
    }

    /** Starts following. */
    public void start() {
        drain.execute(() -> begin(core.keeper().session()));
    }

    /** Stops following; the copy stays as it is. Idempotent. */
    public void close() {
        drain.execute(() -> stop(new IllegalStateException("the view of " + spec.root() + " was closed")));
    }

    /** The drain that owns all state here, for owners that keep their own on it. */
    public SerialDrain drain() {
        return drain;
    }

    /** True if the copy was loaded and nothing is known to be missing. During a cut it may be behind without knowing. */
    public boolean isCurrent() {
        return current;
    }

    /** Completes when the copy is loaded for the first time. */
    public CompletableFuture<Void> loaded() {
        return waits.loaded();
    }

    /** Completes when the copy includes everything up to the revision, which some commit is known to have. */
    public CompletableFuture<Void> reached(long revision) {
        CompletableFuture<Void> reached = new CompletableFuture<>();
        drain.execute(() -> waits.add(revision, reached, session));
        return reached;
    }

    /** The node as it was copied. */
    public Optional<Node> get(NodePath path) {
        return nodes.get(path);
    }

    /** Several reads on one state of the copy, which during a load need not be one of the store's. */
    public <T> T view(Function<Function<NodePath, Optional<Node>>, T> reads) {
        return nodes.view(reads);
    }

    /** The node, if it was copied, and all below it, in the order of their paths. */
    public List<Node> tree(NodePath directory) {
        return nodes.tree(directory);
    }

    /** The names directly below, sorted, implicit directories included. */
    public List<String> names(NodePath directory) {
        return nodes.names(directory);
    }

    /** How many nodes the copy holds. */
    public int size() {
        return nodes.size();
    }

    // ---- sessions and watches

    private void begin(CompletableFuture<Session> coming) {
        int now = ++round;
        Calls.whenDone(coming, drain, (next, failure) -> {
            if (closed || now != round) {
                return;
            }
            if (next == null) {
                tryLater(failure);
                return;
            }
            session = next;
            List<CompletableFuture<Void>> active = new ArrayList<>();
            if (spec.depth() > 0) {
                active.add(watch(next, now, WatchSpec.touchesBelow(spec.root())));
            }
            if (spec.withRoot() && !spec.root().isRoot()) {
                active.add(watch(next, now, WatchSpec.touches(spec.root())));
            }
            CompletableFuture<Void> all = CompletableFuture.allOf(active.toArray(CompletableFuture[]::new));
            Calls.whenDone(all, drain, (nothing, refused) -> {
                if (refused == null && now == round) {
                    prepare(next, now);
                }
            });
        });
    }

    private CompletableFuture<Void> watch(Session on, int now, WatchSpec what) {
        Watch watch = Calls.watch(on, what, new WatchListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath changed, long revision) {
                drain.execute(() -> changed(now, changed, revision));
            }

            @Override
            public void onResync(long revision) {
                drain.execute(() -> missed(now));
            }

            @Override
            public void onEnd(BackendException why) {
                drain.execute(() -> ended(on, now, why));
            }
        });
        watches.add(watch);
        return watch.active().toCompletableFuture();
    }

    private void prepare(Session on, int now) {
        Calls.whenDone(Calls.guarded(() -> listener.prepare(on)), drain, (fresh, failure) -> {
            if (!closed && now == round) {
                load(fresh != null && fresh ? ReadLevel.OWN_WRITES : ReadLevel.LINEARIZABLE);
            }
        });
    }

    private void ended(Session on, int then, BackendException why) {
        if (closed || then != round) {
            return;
        }
        leaveSession();
        if (on.state().isFinal()) {
            begin(core.keeper().sessionAfter(on));
        } else {
            tryLater(why);
        }
    }

    private void leaveSession() {
        round++;
        generation++;
        watches.forEach(Watch::cancel);
        watches.clear();
        dirty.clear();
        loading = false;
        loadDue = false;
        reading = false;
        current = false;
        if (session != null) {
            session = null;
            listener.onSessionOver();
        }
    }

    private void tryLater(@Nullable Throwable failure) {
        Throwable why = failure != null ? failure : new IllegalStateException("no session");
        if (core.isClosed()) {
            stop(why);
            return;
        }
        failures++;
        tell(why);
        int then = round;
        afterPause(why, () -> {
            if (!closed && then == round) {
                begin(core.keeper().session());
            }
        });
    }

    private void tell(Throwable why) {
        if (!RetryPolicy.mayPass(why)) {
            LOG.debug("following {} failed, attempt {}", spec.root(), failures, why);
            listener.onTrouble(why);
        }
    }

    private void stop(Throwable why) {
        if (closed) {
            return;
        }
        closed = true;
        closeHook.close();
        leaveSession();
        waits.fail(why);
    }

    // ---- loads

    private void missed(int then) {
        if (!closed && then == round) {
            loadSoon();
        }
    }

    /** One load for all that is told in one go, such as the resyncs of two watches. */
    private void loadSoon() {
        if (loadDue || session == null) {
            return;
        }
        loadDue = true;
        int then = round;
        core.timekeeper()
                .executor()
                .execute(() -> drain.execute(() -> {
                    if (!closed && then == round && loadDue && !loading && waits.isLoaded()) {
                        load(ReadLevel.LINEARIZABLE);
                    }
                }));
    }

    private void load(ReadLevel level) {
        generation++;
        loading = true;
        loadDue = false;
        reading = false;
        current = false;
        after = null;
        dirty.clear();
        waits.loadStarts(level);
        if (waits.isLoaded()) {
            listener.onResync();
        }
        loadPage(level);
    }

    private void loadPage(ReadLevel level) {
        List<Query> queries = new ArrayList<>();
        boolean root = after == null && spec.withRoot() && !spec.root().isRoot();
        if (root) {
            queries.add(Query.get(spec.root()));
        }
        if (spec.depth() > 0) {
            queries.add(Query.subtree(spec.root(), page, after, spec.depth()));
        }
        long sent = core.timekeeper().nanoTime();
        ask(
                queries,
                level,
                views -> {
                    adaptPage(core.timekeeper().nanoTime() - sent);
                    takePage(views, root);
                },
                () -> {
                    page = Math.max(PAGE_MIN, page / 2);
                    loadPage(level);
                });
    }

    /** Larger pages are cheaper; but each has to be answered within one try of a call. */
    private void adaptPage(long nanos) {
        long whole = core.callNanos();
        if (nanos < whole / 8) {
            page = Math.min(PAGE_MAX, page * 2);
        } else if (nanos > whole / 2) {
        }
    }

    private void takePage(List<View> views, boolean root) {
        boolean below = spec.depth() > 0;
        View.OfNodes listed = below ? (View.OfNodes) views.get(views.size() - 1) : new View.OfNodes(List.of(), false);
        boolean more = listed.more() && !listed.nodes().isEmpty();
        List<NodeChange> changes = nodes.change(() -> {
            List<NodeChange> found = new ArrayList<>();
            if (root) {
                nodes.set(spec.root(), ((View.OfNode) views.get(0)).node().orElse(null), found);
            }
            if (below) {
                nodes.setPage(spec.root(), after, listed.nodes(), more, found);
            }
            return found;
        });
        if (!report(changes)) {
            return;
        }
        if (more) {
            after = listed.nodes().get(listed.nodes().size() - 1).path();
            loadPage(ReadLevel.OWN_WRITES);
        } else {
            finishLoad();
        }
    }

    private void finishLoad() {
        loading = false;
        failures = 0;
        Session on = session;
        if (loadDue) {
            load(ReadLevel.LINEARIZABLE);
            return;
        }
        current = dirty.isEmpty();
        waits.loadEnds();
        if (on != null) {
            listener.onLoaded(on);
        }
        readDirty();
        waits.check();
    }

    /** Tells what changed; false if that was too much. */
    private boolean report(List<NodeChange> changes) {
        if (nodes.size() > spec.nodesMax()) {
            stop(new IllegalStateException("the tree of " + spec.root() + " has more than the " + spec.nodesMax()
                    + " nodes that its copy may hold"));
            nodes.clear();
            listener.onOverflow();
            return false;
        }
        if (!changes.isEmpty()) {
            listener.onChanges(changes);
        }
        return !closed;
    }

    // ---- changes

    private void changed(int then, NodePath path, long revision) {
        if (closed || then != round) {
            return;
        }
        waits.told(revision);
        if (!spec.holds(path)) {
            if (waits.isAwaited()) {
                askForProgress();
            }
            return;
        }
        current = false;
        if (dirty.size() >= DIRTY_MAX) {
            loadSoon(); // reading all is cheaper than reading so many one by one
            return;
        }
        dirty.add(path);
        readDirty();
    }

    /** Whatever was told before a read was sent, has been told in full when the answer comes. */
    private void askForProgress() {
        dirty.add(spec.root());
        readDirty();
    }

    private void readDirty() {
        if (closed || loading || loadDue || reading || dirty.isEmpty() || !waits.isLoaded()) {
            return;
        }
        reading = true;
        List<NodePath> batch = dirty.stream().limit(BATCH).toList();
        batch.forEach(dirty::remove);
        readBatch(batch);
    }

    private void readBatch(List<NodePath> batch) {
        long told = waits.told();
        List<Query> queries =
                batch.stream().map(path -> (Query) Query.get(path)).toList();
        ask(queries, ReadLevel.OWN_WRITES, views -> takeBatch(batch, views, told), () -> readBatch(batch));
    }

    private void takeBatch(List<NodePath> batch, List<View> views, long told) {
        reading = false;
        failures = 0;
        waits.confirm(told);
        List<NodeChange> changes = nodes.change(() -> {
            List<NodeChange> found = new ArrayList<>();
            for (int i = 0; i < batch.size(); i++) {
                if (spec.holds(batch.get(i))) {
                    nodes.set(batch.get(i), ((View.OfNode) views.get(i)).node().orElse(null), found);
                }
            }
            return found;
        });
        if (report(changes)) {
            current = isSettled();
            readDirty();
            waits.check();
        }
    }

    /** What may pass is over as soon as there is contact again; what may not is tried ever more rarely. */
    private void afterPause(Throwable why, Runnable task) {
        if (RetryPolicy.mayPass(why)) {
            CompletableFuture<Void> pause = core.keeper().pause(failures, core.callDeadline());
            Calls.whenDone(pause, drain, (nothing, never) -> task.run());
        } else {
            core.timekeeper().schedule(() -> drain.execute(task), RetryPolicy.pauseAfterRefusal(failures));
        }
    }

    private boolean isSettled() {
        return !closed && !loading && !loadDue && !reading && dirty.isEmpty() && session != null && waits.isLoaded();
    }

    /** Asks; after a failure and a pause runs {@code again}, unless the question is out of date by then. */
    private void ask(List<Query> queries, ReadLevel level, Consumer<List<View>> next, Runnable again) {
        Session on = session;
        int asked = generation;
        if (on == null) {
            return;
        }
        long deadline = core.callDeadline();
        Calls.whenDone(Calls.guarded(() -> on.read(queries, level, deadline)), drain, (views, failure) -> {
            if (closed || asked != generation) {
                return;
            }
            if (views != null) {
                next.accept(views);
                return;
            }
            failures++;
            Throwable why = failure != null ? failure : new IllegalStateException("the backend answered with null");
            if (on.state().isFinal()) {
                return; // the watches tell that, and then all is read anew
            }
            tell(why);
            afterPause(why, () -> {
                if (!closed && asked == generation) {
                    again.run();
                }
            });
        });
    }
}
