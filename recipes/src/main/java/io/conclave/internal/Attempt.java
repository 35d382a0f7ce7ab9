package io.conclave.internal;

import io.conclave.GrantLostException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One waiter's way through the store's queue: create the contender and see who is ahead (one round trip), watch the one that the policy names, look again when it is gone,
 * be admitted. Lost sessions and evictions begin it anew at the tail. Everything runs on the queue's drain; {@code round} tells the echoes of earlier rounds.
 */
final class Attempt implements Lookout.Owner {
    final Waiter waiter;
    private final ContenderQueue queue;
    private final ConclaveCore core;
    /** Where events may come after the replies that they belong to, the epoch is asked for together with the place in the queue. */
    private final boolean asksForEpoch;

    /** Not where a listing costs nothing: it also shows that the own node is there now. */
    private final boolean mirrors;

    private final AdmissionPolicy policy;
    private final Payload data;

    private final Lookout lookout;

    private int round;
    private boolean over;
    private @Nullable Session session;
    private @Nullable OpId opId;
    private @Nullable Node own;
    private long tokenFloor;
    private int failures;
    private int seenEpoch;
    private boolean looking;
    private boolean lookAgain;
    private boolean told;

    Attempt(ContenderQueue queue, Waiter waiter) {
        this.queue = queue;
        this.core = queue.core;
        this.waiter = waiter;
        this.asksForEpoch = !core.capabilities().eventBeforeReply();
        this.mirrors = asksForEpoch && core.capabilities().exactHistory();
        this.policy = waiter.policy;
        this.data = ContenderData.write(waiter.owner, core.timekeeper().wallClockMillis());
        this.lookout = new Lookout(queue, this);
    }

    void start() {
        HeldGrant model = waiter.beside;
        begin(model == null ? core.keeper().session() : CompletableFuture.completedFuture(model.session()));
    }

    /** Again, at the tail. Who shares a place has none any more. */
    private void beginAgain(Supplier<CompletableFuture<Session>> coming) {
        if (waiter.beside != null) {
            fail(new GrantLostException(
                    "the grant of " + queue.key.path() + " beside which another was wanted is lost"));
        } else {
            begin(coming.get());
        }
    }

    private void begin(CompletableFuture<Session> coming) {
        int now = ++round;
        lookout.stop();
        session = null;
        opId = null;
        own = null;
        failures = 0;
        looking = false;
        lookAgain = false;
        told = false;
        whenDone(now, coming, this::create, this::fail);
    }

    /** Goes on, on the drain, with the value or the failure, unless the round is over. What goes wrong there fails the waiter: it is never just forgotten. */
    private <T> void whenDone(int now, CompletableFuture<T> call, Consumer<T> next, Consumer<Throwable> failed) {
        Calls.whenDone(call, queue.drain, (value, failure) -> {
            if (isStale(now)) {
                return;
            }
            try {
                if (value != null) {
                    next.accept(value);
                } else {
                    failed.accept(failure != null ? failure : new IllegalStateException("no answer and no failure"));
                }
            } catch (RuntimeException unexpected) {
                fail(unexpected);
            }
        });
    }

    private boolean isStale(int then) {
        return over || round != then;
    }

    private void create(Session with) {
        int now = round;
        OpId id = with.newOpId();
        session = with;
        opId = id;
        tokenFloor = core.highestToken();
        NodePath path = queue.key.path();
        Commit.Builder commit = Commit.builder(id, waiter.deadlineNanos);
        if (waiter.beside == null) {
            commit.write(
                            policy.namesMayRecur()
                                    ? Write.createRecurring(path, policy.tag(), data)
                                    : Write.createSequential(path, policy.tag(), data, CreateMode.EPHEMERAL_SEQUENTIAL))
                    .then(policy.firstLook(path, mirrors ? Lookout.MIRRORED_MOST : 1));
        } else {
            Payload shared =
                    ContenderData.write(waiter.owner, core.timekeeper().wallClockMillis(), waiter.beside.token());
            commit.write(new Write.CreateSequential(
                    path,
                    policy.tag(),
                    shared,
                    CreateMode.EPHEMERAL_SEQUENTIAL,
                    waiter.beside.node().path()));
        }
        if (asksForEpoch) {
            commit.then(EpochKeeper.QUERY);
        }
        whenDone(now, core.calls().commit(with, commit.build()), this::created, failure -> failedCall(with, failure));
    }

    private void created(CommitResult result) {
        if (!(result instanceof CommitResult.Applied applied)) {
            if (waiter.beside == null) {
                fail(new IllegalStateException("the store refused a contender that has no conditions: " + result));
            } else {
                beginAgain(() -> core.keeper().session()); // refused: what it was to stand beside is gone
            }
            return;
        }
        Node node = applied.created().get(0);
        if (node.sequence().isEmpty() || node.createdRevision().isEmpty()) {
            beginAgain(() -> core.keeper().session()); // it was removed before we learnt of it
            return;
        }
        own = node;
        if (waiter.beside != null) {
            admit();
        } else if (applied.then().isEmpty()) {
            look();
        } else {
            seeEpoch(applied.then());
            View.OfNodes first = (View.OfNodes) applied.then().get(0);
            if (policy.firstLook(queue.key.path(), 1).bound() == Query.Bound.ALL) {
                seen(first.nodes());
            } else {
                decide(new AdmissionPolicy.Line(first.nodes(), List.of(), first.more()));
            }
        }
    }

    /** Goes on as the policy says. */
    private void decide(AdmissionPolicy.Line line) {
        AdmissionPolicy.Verdict verdict = policy.judge(line);
        if (verdict instanceof AdmissionPolicy.Admitted admitted) {
            if (admitted.tell()) {
                tell();
            }
            admit();
        } else if (verdict instanceof AdmissionPolicy.Refused refused) {
            fail(refused.why());
        } else if (waiter.tryOnly) {
            fail(new Waiter.AheadException());
        } else if (verdict instanceof AdmissionPolicy.AfterWordFrom nearest) {
            lookout.awaitWord(session(), own(), nearest.node().path());
        } else if (verdict instanceof AdmissionPolicy.AfterAllOf all) {
            waitForAll(all, line.more());
        } else {
            lookout.whileMany(
                    session(), own(), line.ahead(), policy::concernsAll, left -> !mustWait(left, line.behind()));
        }
    }

    private void waitForAll(AdmissionPolicy.AfterAllOf all, boolean more) {
        List<Node> blockers = all.blockers();
        if (mirrors && !more && blockers.size() <= Lookout.MIRRORED_MOST) {
            lookout.untilAllGone(session(), own(), blockers, all.settled());
        } else {
            lookout.watch(session(), blockers.get(blockers.size() - 1));
        }
    }

    private boolean mustWait(List<Node> ahead, List<Node> behind) {
        return policy.judge(new AdmissionPolicy.Line(ahead, behind, false)) instanceof AdmissionPolicy.WhenAnyLeaves;
    }

    /** Puts the own node once more, for those who wait for word from it. */
    private void tell() {
        if (told) {
            return;
        }
        told = true;
        Session with = session();
        Commit put = Commit.builder(with.newOpId(), core.timekeeper().nanoTime() + Calls.NEVER)
                .write(Write.put(own().path(), data))
                .build();
        Calls.inBackground(core.calls().commit(with, put), "telling the next waiter");
    }

    @Override
    public void onMoved() {
        look();
    }

    @Override
    public void onAllGone() {
        admit();
    }

    @Override
    public void onEvicted() {
        beginAgain(() -> core.keeper().session());
    }

    @Override
    public void onEnd(BackendException why) {
        failedCall(session(), why);
    }

    /** Lists the contenders and decides again. */
    private void look() {
        if (looking) {
            lookAgain = true;
            return;
        }
        looking = true;
        int now = round;
        Session with = session();
        Query contenders = Query.contenders(queue.key.path(), policy.tags());
        List<Query> queries = asksForEpoch ? List.of(contenders, EpochKeeper.QUERY) : List.of(contenders);
        whenDone(
                now,
                core.calls().read(with, queries, ReadLevel.OWN_WRITES, waiter.deadlineNanos),
                views -> {
                    looking = false;
                    if (lookAgain) {
                        lookAgain = false;
                        look();
                    } else {
                        seeEpoch(views);
                        seen(((View.OfNodes) views.get(0)).nodes());
                    }
                },
                failure -> {
                    looking = false;
                    failedCall(with, failure);
                });
    }

    private void seeEpoch(List<View> views) {
        if (asksForEpoch) {
            seenEpoch = Math.max(seenEpoch, EpochKeeper.epochIn(views.get(1)));
        }
    }

    private void seen(List<Node> contenders) {
        for (int i = 0; i < contenders.size(); i++) {
            if (contenders.get(i).path().equals(own().path())) {
                decide(new AdmissionPolicy.Line(
                        contenders.subList(0, i), contenders.subList(i + 1, contenders.size()), false));
                return;
            }
        }
        beginAgain(() -> core.keeper().session()); // evicted while waiting: again, at the tail
    }

    /** Its turn: a grant, as soon as the epoch is known and the listeners of an earlier loss were told. */
    private void admit() {
        int now = round;
        CompletableFuture<Integer> epoch = core.epochs().epoch();
        CompletableFuture<Integer> ready = queue.clearTheWay(waiter).thenCombine(epoch, (nothing, number) -> number);
        whenDone(
                now,
                ready,
                number -> {
                    if (core.epochs().epoch() != epoch) {
                        admit(); // it changed meanwhile
                    } else {
                        grant(number);
                    }
                },
                this::fail);
    }

    private void grant(int epoch) {
        Session with = session();
        if (with.state().isFinal()) {
            beginAgain(() -> core.keeper().sessionAfter(with));
            return;
        }
        if (core.timekeeper().isPast(with.validUntilNanos())) {
            lookLater(1); // not to be believed now: look again when it is
            return;
        }
        HeldGrant model = waiter.beside;
        if (model != null) { // one place, one token
            granted(new HeldGrant(waiter, with, own(), model.token(), model.isOfStaleStore()));
            return;
        }
        long token;
        try {
            token = FencingTokens.of(
                    Math.max(epoch, seenEpoch), own().createdRevision().orElseThrow());
        } catch (IllegalStateException noToken) {
            fail(noToken);
            return;
        }
        boolean stale = !core.noteToken(token, tokenFloor);
        granted(new HeldGrant(waiter, with, own(), token, stale));
    }

    private void granted(HeldGrant grant) {
        over = true;
        lookout.stop();
        queue.granted(this, grant);
    }

    private void failedCall(Session with, Throwable failure) {
        boolean passes = RetryPolicy.mayPass(failure);
        if (failure instanceof SessionLostException || (passes && with.state() == SessionState.LOST)) {
            beginAgain(() -> core.keeper().sessionAfter(with));
        } else if (waiter.tryOnly && passes) {
            fail(new UnavailableException("no answer about " + queue.key.path() + " in time", failure));
        } else if (passes && core.timekeeper().isPast(waiter.deadlineNanos)) {
            fail(new TimeoutException(queue.key.path() + " was not granted in time: " + failure.getMessage()));
        } else if (passes && own != null) {
            lookLater(++failures);
        } else {
            fail(failure);
        }
    }

    private void lookLater(int attempt) {
        int now = round;
        lookout.stop();
        Calls.whenDone(core.keeper().pause(attempt, waiter.deadlineNanos), queue.drain, (nothing, never) -> {
            if (!isStale(now)) {
                look();
            }
        });
    }

    private void fail(Throwable why) {
        abandon();
        queue.failed(this, why);
    }

    /** Leaves the store's queue: what was made, or may still be made, is removed in the background. */
    void abandon() {
        if (over) {
            return;
        }
        over = true;
        lookout.stop();
        queue.forget(this);
        Session with = session;
        if (with == null || opId == null || with.state().isFinal()) {
            return;
        }
        if (own != null) {
            Calls.inBackground(core.calls().remove(with, own), "removing a contender");
        } else {
            Calls.inBackground(core.calls().withdraw(with, opId), "withdrawing a contender");
        }
    }

    private Session session() {
        if (session == null) {
            throw new IllegalStateException("no session yet");
        }
        return session;
    }

    private Node own() {
        if (own == null) {
            throw new IllegalStateException("no contender yet");
        }
        return own;
    }
}
