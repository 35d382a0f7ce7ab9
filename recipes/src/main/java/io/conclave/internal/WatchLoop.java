package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows what a few queries answer, from session to session: watches, reads when a watch tells anything, reads again if more was told meanwhile, reads from time to time
 * whatever is told. What it reads goes to its {@link Follower}, which decides what is watched from then on.
 *
 * <p>All of it happens on one drain, which the follower may share: its state needs no lock. A call of an earlier session, or one that ends after {@link #stop}, is never
 * heard of.
 */
public final class WatchLoop {
    private static final Duration SAFETY_LOOK = Duration.ofSeconds(30);

    /** Hears what is seen, on the drain. */
    public interface Follower {
        /** A session is there: the first, or the next after one that ended. Nothing is watched on it and nothing was read. */
        void onSession(Session session);

        /** The answers to the queries. */
        void onViews(List<View> views);

        /** Something failed for a reason that may not pass. True goes on with a new try after a pause; false has stopped the loop. */
        boolean onFailure(Throwable why);
    }

    private final ConclaveCore core;
    private final SerialDrain drain;
    private final Follower follower;
    private final Map<WatchSpec, Watch> watches = new LinkedHashMap<>();
    private List<Query> queries;
    private @Nullable Session session;
    private @Nullable Cancellable safety;
    private boolean running;
    private int round;
    private int failures;
    private boolean looking;
    private boolean linearizable;
    private long asked;
    private long answered;

    /** A loop that asks these queries. Nothing is sent before {@link #start}. */
    public WatchLoop(Conclave conclave, SerialDrain drain, List<Query> queries, Follower follower) {
        this.core = ConclaveCore.of(conclave);
        this.drain = drain;
        this.queries = List.copyOf(queries);
        this.follower = follower;
    }

    /** On the drain: waits for a session and begins. */
    public void start() {
        running = true;
        begin(core.keeper().session());
    }

    /** On the drain: watches nothing and hears nothing any more. */
    public void stop() {
        running = false;
        round++;
        session = null;
        clear();
    }

    /** On the drain: whether it was started and not stopped. */
    public boolean isRunning() {
        return running;
    }

    /** The session on which it watches. */
    public Session session() {
        if (session == null) {
            throw new IllegalStateException("no session now");
        }
        return session;
    }

    /** Asks these from now on. */
    public void ask(List<Query> others) {
        queries = List.copyOf(others);
    }

    /** The number of the latest look that the last answers belong to; see {@link #look}. */
    public long answered() {
        return answered;
    }

    private void clear() {
        watches.values().forEach(Watch::cancel);
        watches.clear();
        looking = false;
        if (safety != null) {
            safety.cancel();
            safety = null;
        }
    }

    private void begin(CompletableFuture<Session> coming) {
        int now = ++round;
        session = null;
        clear();
        linearizable |= asked > answered;
        Calls.whenDone(coming, drain, (next, failure) -> {
            if (now != round) {
                return;
            }
            if (next == null) {
                failed(failure != null ? failure : new IllegalStateException("neither session nor failure"));
                return;
            }
            session = next;
            lookSafely();
            guarded(() -> follower.onSession(next));
        });
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException unexpected) { // never just forgotten: somebody waits for this
            failed(unexpected);
        }
    }

    /** What does not pass: told to the follower. */
    private void failed(Throwable why) {
        if (core.isClosed()) {
            follower.onFailure(why instanceof BackendClosedException ? why : closed());
            stop();
        } else if (follower.onFailure(why)) {
            later(++failures, () -> begin(core.keeper().session()));
        } else {
            stop();
        }
    }

    private static BackendClosedException closed() {
        return new BackendClosedException("the Conclave was closed");
    }

    /** On the drain: goes on after a pause that grows with the number of failures, unless the session has ended by then. */
    public void later(int attempt, Runnable next) {
        int now = round;
        core.timekeeper()
                .schedule(
                        () -> drain.execute(() -> {
                            if (now == round && running) {
                                guarded(next);
                            }
                        }),
                        RetryPolicy.contention(attempt));
    }

    /**
     * On the drain: goes on with the value of a call to {@link #session}. If the session is over, the next one is awaited and {@link Follower#onSession} called instead;
     * what else fails goes to {@link Follower#onFailure}.
     */
    public <T> void call(CompletableFuture<T> call, Consumer<T> next) {
        int now = round;
        Session with = session();
        Calls.whenDone(call, drain, (value, failure) -> {
            if (now != round) {
                return;
            }
            if (value != null) {
                guarded(() -> next.accept(value));
            } else {
                callFailed(with, failure != null ? failure : new IllegalStateException("neither value nor failure"));
            }
        });
    }

    private void callFailed(Session with, Throwable failure) {
        if (failure instanceof SessionLostException || with.state().isFinal()) {
            if (core.isClosed()) {
                failed(closed());
            } else {
                begin(core.keeper().sessionAfter(with));
            }
        } else {
            failed(failure);
        }
    }

    /** A commit of the present session that is repeated until it is settled or the session is over. */
    public void commit(Commit commit, Consumer<CommitResult> next) {
        call(core.calls().commit(session(), commit), next);
    }

    // ---- watching

    /**
     * On the drain: watches exactly these from now on; what is watched already goes on. A new one that does not tell of all changes after a revision is followed by
     * a look when it is set.
     */
    public void watch(Collection<WatchSpec> specs) {
        for (WatchSpec old : List.copyOf(watches.keySet())) {
            if (specs.stream().noneMatch(spec -> isSame(spec, old))) {
                Watch ended = watches.remove(old);
                if (ended != null) {
                    ended.cancel();
                }
            }
        }
        for (WatchSpec spec : new ArrayList<>(specs)) {
            if (watches.keySet().stream().noneMatch(old -> isSame(spec, old))) {
                add(spec);
            }
        }
    }

    private static boolean isSame(WatchSpec one, WatchSpec other) {
        return one.target().equals(other.target()) && one.kinds().equals(other.kinds());
    }

    private void add(WatchSpec spec) {
        int now = round;
        Session with = session();
        Listening listener = new Listening(now, spec, with);
        Watch watch = Calls.watch(with, spec, listener);
        if (now != round) {
            watch.cancel();
            return;
        }
        listener.watch = watch;
        watches.put(spec, watch);
        boolean complete = spec.afterRevision() != 0;
        Calls.whenDone(watch.active().toCompletableFuture(), drain, (nothing, failure) -> {
            if (failure == null && now == round && watches.get(spec) == watch) {
                failures = 0;
                if (!complete) {
                    look(ReadLevel.OWN_WRITES);
                }
            }
        });
    }

    private List<WatchSpec> plus(WatchSpec spec) {
        List<WatchSpec> all = new ArrayList<>(watches.keySet());
        all.add(new WatchSpec(spec.target(), 0, spec.kinds()));
        return all;
    }

    private final class Listening implements WatchListener {
        private final int mine;
        private final WatchSpec spec;
        private final Session with;
        private @Nullable Watch watch;

        Listening(int mine, WatchSpec spec, Session with) {
            this.mine = mine;
            this.spec = spec;
            this.with = with;
        }

        private void moved() {
            drain.execute(() -> {
                if (mine == round && watches.get(spec) == watch) {
                    look(ReadLevel.OWN_WRITES);
                }
            });
        }

        @Override
        public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
            moved();
        }

        @Override
        public void onResync(long revision) {
            moved();
        }

        @Override
        public void onEnd(BackendException why) {
            drain.execute(() -> {
                if (mine != round || (watch != null && watches.get(spec) != watch)) {
                    return;
                }
                watches.remove(spec);
                if (RetryPolicy.mayPass(why) && !with.state().isFinal()) {
                    later(++failures, () -> watch(plus(spec)));
                } else {
                    callFailed(with, why);
                }
            });
        }
    }

    // ---- looking

    /**
     * On the drain: reads. Returns the number of this look: answers with {@link #answered} of at least that number come from a read that began after this call. Looks
     * that are asked for while one is under way become one.
     */
    public long look(ReadLevel level) {
        asked++;
        linearizable |= level == ReadLevel.LINEARIZABLE;
        if (!looking && session != null) {
            read();
        }
        return asked;
    }

    private void read() {
        looking = true;
        long answers = asked;
        ReadLevel level = linearizable ? ReadLevel.LINEARIZABLE : ReadLevel.OWN_WRITES;
        linearizable = false;
        call(core.calls().read(session(), queries, level, core.calls().never()), views -> {
            looking = false;
            answered = answers;
            boolean again = asked > answers;
            int now = round;
            follower.onViews(views);
            if (again && now == round && running && !looking) {
                read();
            }
        });
    }

    private void lookSafely() {
        int now = round;
        safety = core.timekeeper()
                .schedule(
                        () -> drain.execute(() -> {
                            if (now == round && running) {
                                look(ReadLevel.OWN_WRITES);
                                lookSafely();
                            }
                        }),
                        SAFETY_LOOK);
    }
}
