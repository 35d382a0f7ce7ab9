package io.conclave.tck;

import io.conclave.spi.Applied;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;

/** The client's side of a session. Everything but the answers from memory runs inside the time's tasks, so one at a time. */
final class RefSession implements Session {
    private record Running(CompletableFuture<?> stage, Supplier<BackendException> atEnd) {}

    private static final Object GONE = new Object();
    private static final AtomicLong NONCES = new AtomicLong(0x7100_0000_0000_0000L);

    private final RefStore store;
    private final ManualTime time;
    private final RefStore.Member member;
    private final SessionSpec spec;
    private final SessionListener listener;
    private final long nonce = NONCES.addAndGet(0x1234_5678_9L);
    private final AtomicLong counter = new AtomicLong();
    private final List<Running> running = new ArrayList<>();
    private final Set<OpId> inDoubt = new HashSet<>();
    private final List<RefWatch> watches = new ArrayList<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile SessionState state = SessionState.ACTIVE;
    private volatile long validUntil;
    private volatile boolean keepFresh;
    private long lastContact;
    private long renewals;

    RefSession(RefStore store, RefStore.Member member, SessionSpec spec, SessionListener listener, long sent) {
        this.store = store;
        this.time = store.time;
        this.member = member;
        this.spec = spec;
        this.listener = listener;
        this.validUntil = sent + member.ttl.toNanos();
    }

    void start() {
        lastContact = time.nanoTime();
        beat();
        tick();
    }

    private boolean is(Bug bug) {
        return store.is(bug);
    }

    private void beat() {
        if (state.isFinal()) {
            return;
        }
        long sent = time.nanoTime();
        if (is(Bug.BELIEF_WITHOUT_ANSWER)) {
            validUntil = Math.max(validUntil, sent + member.ttl.toNanos());
        }
        ask(
                false,
                () -> {
                    member.space.watches.stream().filter(watches::contains).forEach(RefWatch::catchUp);
                    return true;
                },
                ok -> {
                    if (keepFresh && !is(Bug.KEEP_FRESH_IGNORED)) {
                        renew(sent);
                    }
                    watches.stream().filter(RefWatch::isPending).forEach(RefWatch::request);
                });
        time.schedule(this::beat, member.ttl.dividedBy(10));
    }

    private void renew(long sent) {
        long from = is(Bug.BELIEF_FROM_RECEIPT) ? time.nanoTime() : sent;
        long until = from + member.ttl.toNanos();
        validUntil = is(Bug.BELIEF_DECREASES) && keepFresh && ++renewals % 5 == 0
                ? validUntil - member.ttl.toNanos() / 4
                : Math.max(validUntil, until);
    }

    private void tick() {
        if (state.isFinal()) {
            return;
        }
        long silent = time.nanoTime() - lastContact;
        long ttl = member.ttl.toNanos();
        if (state == SessionState.ACTIVE && silent > ttl / 4) {
            become(SessionState.SUSPENDED);
        }
        boolean lapsed = validUntil - time.nanoTime() <= 0;
        if (state == SessionState.SUSPENDED && lapsed && !is(Bug.NEVER_DOUBTFUL)) {
            become(SessionState.DOUBTFUL);
        }
        if (silent > ttl * 3 / 2 && !is(Bug.NEVER_LOST_BY_ITSELF)) {
            lose();
        } else {
            time.schedule(this::tick, member.ttl.dividedBy(50));
        }
    }

    private void become(SessionState next) {
        state = next;
        try {
            listener.onState(this, next);
        } catch (IllegalStateException thrown) {
            // the listener's own affair (rule H2)
        }
    }

    private void contact() {
        lastContact = time.nanoTime();
        if (state == SessionState.SUSPENDED || state == SessionState.DOUBTFUL) {
            if (is(Bug.LOST_BY_SHORT_CUT)) {
                lose();
            } else {
                become(SessionState.ACTIVE);
            }
        }
    }

    private void lose() {
        if (state.isFinal()) {
            return;
        }
        over(SessionState.LOST, new SessionLostException("the session is over", Applied.NO));
    }

    private void over(SessionState end, BackendException why) {
        List<Running> open = List.copyOf(running);
        running.clear();
        become(end);
        open.forEach(one -> one.stage().completeExceptionally(one.atEnd().get()));
        watches.forEach(watch -> watch.end(why));
    }

    /** Asks the store as this session; a session that has ended there is lost here. */
    private <R> void ask(boolean commit, Supplier<R> atStore, java.util.function.Consumer<Object> atClient) {
        Supplier<Object> judged = () -> {
            if (member.ended) {
                return GONE;
            }
            member.lastHeard = time.nanoTime();
            if (!commit || member.space.putOffBy != member) {
                store.flush(member.space);
            }
            try {
                return atStore.get();
            } catch (BackendException refused) {
                return refused;
            }
        };
        member.link.call(commit, judged, answer -> {
            if (answer == GONE) {
                lose();
            } else if (!state.isFinal()) {
                contact();
                atClient.accept(answer);
            }
        });
    }

    @Override
    public String id() {
        return member.id;
    }

    @Override
    public long incarnation() {
        return is(Bug.INCARNATION_FORGOTTEN) ? 1 : spec.incarnation();
    }

    @Override
    public Duration ttl() {
        return member.ttl;
    }

    @Override
    public SessionState state() {
        return state;
    }

    @Override
    public long validUntilNanos() {
        return validUntil;
    }

    @Override
    public void keepFresh(boolean wanted) {
        keepFresh = wanted;
    }

    @Override
    public OpId newOpId() {
        return new OpId(nonce, counter.incrementAndGet());
    }

    /** Starts an operation: the stage, its deadline, and what it fails with when the session ends before. */
    private <R> CompletableFuture<R> begin(
            long deadline, BackendException atDeadline, Supplier<BackendException> atEnd, Runnable send) {
        CompletableFuture<R> stage = new CompletableFuture<>();
        time.executor().execute(() -> {
            if (state == SessionState.CLOSED && !is(Bug.CLOSED_STILL_WORKS)) {
                stage.completeExceptionally(new BackendClosedException("the session is closed"));
            } else if (state == SessionState.LOST
                    && !(is(Bug.LOST_STILL_READS) && atDeadline instanceof UnavailableException)) {
                stage.completeExceptionally(atEnd.get());
            } else {
                running.add(new Running(stage, atEnd));
                boolean timed = !(is(Bug.READ_WITHOUT_DEADLINE) && atDeadline instanceof UnavailableException);
                if (timed) {
                    time.schedule(() -> fail(stage, atDeadline), time.until(deadline));
                }
                send.run();
            }
        });
        return stage;
    }

    private void fail(CompletableFuture<?> stage, BackendException why) {
        running.removeIf(one -> one.stage() == stage);
        stage.completeExceptionally(why);
    }

    private <R> void finish(CompletableFuture<R> stage, Object answer, Function<Object, R> value) {
        running.removeIf(one -> one.stage() == stage);
        if (is(Bug.COMPLETIONS_OVERLAP) && running.size() > 50) {
            new Thread(() -> complete(stage, answer, value)).start();
        } else {
            complete(stage, answer, value);
        }
    }

    private static <R> void complete(CompletableFuture<R> stage, Object answer, Function<Object, R> value) {
        if (answer instanceof BackendException failure) {
            stage.completeExceptionally(failure);
        } else {
            stage.complete(value.apply(answer));
        }
    }

    @Override
    public CompletionStage<CommitResult> commit(Commit commit) {
        if (is(Bug.COMMIT_BLOCKS) && member.link.cut) {
            Patience.realPause(Duration.ofMillis(1_100));
        }
        Optional<BackendException> refused = RefLimits.check(store.bug, time, commit);
        if (refused.isPresent() && state == SessionState.ACTIVE) {
            return CompletableFuture.failedFuture(refused.get());
        }
        List<CompletableFuture<CommitResult>> self = new ArrayList<>();
        BackendException unknown = is(Bug.UNSENT_THOUGH_APPLIED) && member.link.cut && commit.operations() == 1
                ? new UnavailableException("not sent")
                : new IndeterminateException("no answer by the deadline");
        CompletableFuture<CommitResult> stage =
                begin(commit.deadlineNanos(), unknown, () -> lost(commit), () -> send(commit, self));
        self.add(stage);
        return stage;
    }

    private void send(Commit commit, List<CompletableFuture<CommitResult>> self) {
        boolean again = !inDoubt.add(commit.opId());
        long sent = time.nanoTime();
        if (is(Bug.UNSENT_THOUGH_APPLIED) && member.link.cut && commit.operations() == 1) {
            time.schedule(() -> store.commit(member, commit), member.ttl.dividedBy(4));
        }
        ask(true, () -> judge(commit, again), answer -> {
            if (!is(Bug.COMMIT_DOES_NOT_RENEW)) {
                renew(sent);
            }
            inDoubt.remove(commit.opId());
            finish(self.get(0), answer, CommitResult.class::cast);
        });
    }

    private boolean isLoneOwnPut(Commit commit) {
        if (commit.operations() > 1 || !(commit.writes().get(0) instanceof Write.Put put)) {
            return false;
        }
        Item item = member.space.model.item(put.path());
        return item != null && (item.owner().isEmpty() || item.owner().equals(member.id));
    }

    private CommitResult judge(Commit commit, boolean again) {
        if (is(Bug.LATER_PUT_OVERTAKES)) {
            if (isLoneOwnPut(commit) && !member.done.containsKey(commit.opId())) {
                return store.putOff(member, commit);
            }
            store.flush(member.space);
        }
        CommitResult result = store.commit(member, commit);
        if (again && is(Bug.FORGETS_AFTER_RETRY)) {
            member.done.remove(commit.opId());
        }
        return result;
    }

    private BackendException lost(Commit commit) {
        boolean persistent = commit.writes().stream()
                .anyMatch(write -> !(write instanceof Write.CreateSequential create
                                && create.mode().isEphemeral())
                        && !(write instanceof Write.CreateNamed named
                                && named.mode().isEphemeral()));
        boolean unknown = persistent && inDoubt.contains(commit.opId()) && !is(Bug.LOSS_DENIES_WRITES);
        if (state == SessionState.CLOSED) {
            return inDoubt.contains(commit.opId())
                    ? new IndeterminateException("closed meanwhile")
                    : new BackendClosedException("the session is closed");
        }
        return new SessionLostException("the session is over", unknown ? Applied.UNKNOWN : Applied.NO);
    }

    private BackendException ended() {
        return state == SessionState.CLOSED
                ? new BackendClosedException("the session is closed")
                : new SessionLostException("the session is over", Applied.NO);
    }

    @Override
    public CompletionStage<Withdrawal> withdraw(OpId opId, long deadlineNanos) {
        List<CompletableFuture<Withdrawal>> self = new ArrayList<>();
        BackendException unknown = new IndeterminateException("no answer by the deadline");
        CompletableFuture<Withdrawal> stage = begin(
                deadlineNanos,
                unknown,
                this::ended,
                () -> ask(
                        false,
                        () -> store.withdraw(member, opId),
                        answer -> finish(self.get(0), answer, Withdrawal.class::cast)));
        self.add(stage);
        return stage;
    }

    @Override
    @SuppressWarnings("unchecked")
    public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
        List<CompletableFuture<List<View>>> self = new ArrayList<>();
        BackendException unavailable = new UnavailableException("no answer by the deadline");
        CompletableFuture<List<View>> stage = begin(deadlineNanos, unavailable, this::ended, () -> {
            if (state.isFinal()) {
                complete(self.get(0), List.of(), views -> (List<View>) views);
                return;
            }
            ask(false, () -> view(queries, level), answer -> answered(self.get(0), answer));
        });
        self.add(stage);
        return stage;
    }

    @SuppressWarnings("unchecked")
    private void answered(CompletableFuture<List<View>> stage, Object answer) {
        boolean torn = is(Bug.TORN_READS) && ((List<View>) answer).size() == 2;
        if (torn) {
            List<View> views = (List<View>) answer;
            time.schedule(
                    () -> finish(stage, List.of(views.get(0), later(views.get(1))), all -> (List<View>) all),
                    RefLink.LATE);
        } else {
            finish(stage, answer, views -> (List<View>) views);
        }
    }

    private View later(View view) {
        if (view instanceof View.OfNode node && node.node().isPresent()) {
            Query again = Query.get(node.node().get().path());
            return store.read(member.space, List.of(again)).get(0);
        }
        return view;
    }

    private List<View> view(List<Query> queries, ReadLevel level) {
        List<View> views = new ArrayList<>(store.read(member.space, queries));
        boolean stale = (is(Bug.STALE_LINEARIZABLE) && level == ReadLevel.LINEARIZABLE)
                || (is(Bug.STALE_OWN_READS) && level == ReadLevel.OWN_WRITES);
        if (stale && queries.size() == 1) {
            views.set(0, RefLimits.stale(member, views.get(0), is(Bug.STALE_OWN_READS)));
        }
        if (is(Bug.VIEWS_REVERSED) && views.size() == 5) {
            Collections.reverse(views);
        }
        return views;
    }

    @Override
    public Watch watch(WatchSpec watchSpec, WatchListener watchListener) {
        RefWatch watch = new RefWatch(store, member, watchSpec, watchListener);
        time.executor().execute(() -> {
            if (state.isFinal()) {
                watch.end(ended());
            } else {
                watches.add(watch);
                watch.request();
            }
        });
        return watch;
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        time.executor().execute(() -> {
            if (state == SessionState.LOST && is(Bug.CLOSED_AFTER_LOST)) {
                become(SessionState.CLOSED);
                closed.complete(null);
            } else if (state == SessionState.CLOSED && is(Bug.CLOSED_TOLD_TWICE)) {
                become(SessionState.CLOSED);
            } else if (state == SessionState.LOST) {
                closed.complete(null);
            } else if (state != SessionState.CLOSED) {
                over(SessionState.CLOSED, new BackendClosedException("the session is closed"));
                long until = time.nanoTime() + member.ttl.toNanos();
                askToClose(until);
            }
        });
        return closed;
    }

    private void askToClose(long until) {
        if (closed.isDone()) {
            return;
        }
        if (time.nanoTime() - until >= 0) {
            closed.completeExceptionally(
                    new IndeterminateException("the end was not confirmed; the store expires the session"));
            return;
        }
        member.link.call(
                () -> {
                    if (is(Bug.CLOSE_ANSWERS_EARLY)) {
                        time.schedule(() -> store.close(member), member.ttl.dividedBy(50));
                    } else {
                        store.close(member);
                    }
                    return true;
                },
                ok -> closed.complete(null));
        time.schedule(() -> askToClose(until), member.ttl.dividedBy(10));
    }
}
