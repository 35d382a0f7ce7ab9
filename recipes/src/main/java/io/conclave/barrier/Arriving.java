package io.conclave.barrier;

import io.conclave.internal.PendingWait;
import io.conclave.internal.RecipeParts;
import io.conclave.internal.WatchLoop;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.OpId;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import org.jspecify.annotations.Nullable;

/**
 * One member that waits at a cyclic barrier. It joins the generation that the state names, under a guard on the state's version; its node carries the generation in its tag, so that a node of
 * another generation never counts. Whoever sees enough members commits the next generation: their names, their nodes deleted, all or nothing. Whoever gives up, or sees that one who stood there
 * is gone without that, commits that the generation is broken; {@code verdict} is what it reports then, unless it learns that it was let through.
 *
 * <p>The first in order watches the directory and the state, the others watch the first and the state. The state is read before the members. On its drain.
 */
final class Arriving implements WatchLoop.Follower {
    private final CycleBarrier barrier;
    private final RecipeParts parts;
    private final PendingWait<Integer> pending;
    private final SerialDrain drain;
    private final WatchLoop loop;

    private long generation = -1;
    private @Nullable Session session;
    private @Nullable OpId opId;
    private @Nullable Node own;
    private List<String> seen = List.of();
    private @Nullable Exception verdict;
    private boolean checksParties;
    private int defeats;
    private boolean over;

    Arriving(CycleBarrier barrier, PendingWait<Integer> pending) {
        this.barrier = barrier;
        this.parts = barrier.parts;
        this.pending = pending;
        this.drain = parts.newDrain();
        this.loop = new WatchLoop(barrier.conclave, drain, List.of(barrier.ofState()), this);
    }

    void start() {
        pending.begin(() -> drain.execute(this::giveUp));
        drain.execute(() -> {
            if (!pending.isDone()) {
                loop.start();
            }
        });
    }

    @Override
    public void onSession(Session next) {
        if (opId != null && verdict == null) {
            verdict = new BrokenBarrierException(
                    "the session of this member was lost while it waited at " + barrier.path);
        }
        session = next;
        own = null;
        loop.look(verdict == null ? ReadLevel.OWN_WRITES : ReadLevel.LINEARIZABLE);
    }

    @Override
    public void onViews(List<View> views) {
        if (over) {
            return;
        }
        Node found = ((View.OfNode) views.get(0)).node().orElse(null);
        if (found == null) {
            make();
            return;
        }
        CycleState state = CycleState.read(barrier.path, found);
        List<String> present = views.size() > 1 ? MemberBarrier.names(views.get(1)) : List.of();
        int place = opId != null && state.passed() == generation ? state.placeOf(opId.toUuidText()) : -1;
        if (place >= 0) {
            passed(state.members().size() - 1 - place);
        } else if (verdict != null) {
            breakIt(found, state, present, verdict);
        } else if (own == null) {
            arrive(found, state, present);
        } else {
            decide(found, state, present, own);
        }
    }

    private void make() {
        if (opId != null) {
            finish(new BrokenBarrierException("the node " + barrier.path + " was removed"));
            return;
        }
        Commit commit = commit(parts.never())
                .write(Write.create(
                        barrier.path, CycleState.first(barrier.parties()).payload(), CreateMode.PERSISTENT))
                .build();
        loop.commit(commit, result -> loop.look(ReadLevel.OWN_WRITES));
    }

    // ---- coming

    private void arrive(Node found, CycleState state, List<String> present) {
        if (state.broken()) {
            finish(new BrokenBarrierException(barrier.path + " is broken, until it is reset"));
        } else if (state.parties() != barrier.parties()) {
            differ(found, state, present);
        } else {
            join(found, state);
        }
    }

    /** Only a barrier where nobody waits takes another number of parties. */
    private void differ(Node found, CycleState state, List<String> present) {
        if (!checksParties || generation != state.generation()) {
            checksParties = true;
            generation = state.generation();
            loop.ask(List.of(barrier.ofState(), barrier.ofMembers(generation)));
            loop.look(ReadLevel.LINEARIZABLE);
        } else if (present.isEmpty()) {
            change(found, state.with(barrier.parties()), commit(parts.never()), this::lookAgain);
        } else {
            finish(new IllegalStateException(barrier.path + " is in use for " + state.parties() + " parties, not for "
                    + barrier.parties() + ": all who use it must agree"));
        }
    }

    private void join(Node found, CycleState state) {
        OpId id = loop.session().newOpId();
        opId = id;
        generation = state.generation();
        loop.ask(List.of(barrier.ofState(), barrier.ofMembers(generation)));
        Commit commit = Commit.builder(id, parts.never())
                .guard(Guard.versionIs(barrier.path, found.version()))
                .write(Write.createSequential(
                        barrier.members, state.tag(), parts.memberData(), CreateMode.EPHEMERAL_SEQUENTIAL))
                .then(barrier.ofState())
                .then(barrier.ofMembers(generation))
                .build();
        loop.commit(commit, this::joined);
    }

    private void joined(CommitResult result) {
        if (!(result instanceof CommitResult.Applied applied)) {
            opId = null;
            lookLater();
            return;
        }
        Node node = applied.created().get(0);
        own = node;
        seen = node.sequence().isPresent() ? List.of(node.name()) : List.of();
        if (applied.then().isEmpty()) {
            lookAgain();
        } else {
            onViews(applied.then());
        }
    }

    // ---- waiting

    private void decide(Node found, CycleState state, List<String> present, Node mine) {
        if (state.generation() != generation) {
            passedBy(state, mine);
        } else if (state.broken()) {
            parts.remove(loop.session(), mine);
            finish(new BrokenBarrierException(barrier.path + " was broken: a member gave up or died"));
        } else if (!present.contains(mine.name())) {
            breakWith(new BrokenBarrierException(
                    "this member's node at " + barrier.path + " was removed: it was evicted"));
        } else if (!present.containsAll(seen)) {
            breakWith(new BrokenBarrierException(barrier.path + " is broken: a member died"));
        } else if (present.size() >= barrier.parties() && state.parties() == barrier.parties()) {
            letThrough(found, state, present.subList(0, barrier.parties()));
        } else if (state.parties() != barrier.parties()) {
            parts.remove(loop.session(), mine);
            finish(new IllegalStateException(barrier.path + " is for " + state.parties() + " parties now"));
        } else {
            seen = present;
            watch(present, mine);
        }
    }

    /** The generation has ended without this member: it was one too many, or there was a reset. */
    private void passedBy(CycleState state, Node mine) {
        parts.remove(loop.session(), mine);
        if (state.passed() == generation) {
            own = null;
            opId = null;
            generation = -1;
            seen = List.of();
            loop.watch(List.of());
            loop.ask(List.of(barrier.ofState()));
            lookAgain();
        } else {
            finish(new BrokenBarrierException(
                    state.passed() < generation
                            ? barrier.path + " was reset"
                            : barrier.path
                                    + " has gone on without this member: it cannot tell how its generation ended"));
        }
    }

    private void letThrough(Node found, CycleState state, List<String> names) {
        Commit.Builder commit = commit(parts.never());
        names.forEach(name -> commit.write(Write.delete(barrier.members.child(name))));
        int place = own == null ? -1 : names.indexOf(own.name());
        change(found, state.next(names), commit, () -> {
            if (place >= 0) {
                passed(names.size() - 1 - place); // whatever has become of the state since
            } else {
                lookAgain();
            }
        });
    }

    private void passed(int arrival) {
        end();
        pending.complete(arrival);
    }

    private void watch(List<String> present, Node mine) {
        pending.notYet();
        if (over) {
            return;
        }
        String first = present.get(0);
        loop.watch(List.of(
                WatchSpec.node(barrier.path),
                first.equals(mine.name())
                        ? WatchSpec.children(barrier.members)
                        : WatchSpec.gone(barrier.members.child(first), 0)));
    }

    // ---- ending

    private void giveUp() {
        if (over || verdict != null) {
            return;
        }
        Session with = session;
        if (own == null && opId != null && with != null) {
            parts.withdraw(with, opId);
        }
        if (own == null) {
            end();
        } else {
            breakWith(new BrokenBarrierException("this member gave up")); // nobody hears of that
        }
    }

    private void breakWith(Exception why) {
        verdict = why;
        loop.watch(List.of());
        lookAgain();
    }

    /** Commits that this generation is broken, unless it has ended or is broken already. */
    private void breakIt(Node found, CycleState state, List<String> present, Exception why) {
        boolean standsThere = own != null && present.contains(own.name());
        if (state.generation() != generation || state.broken()) {
            if (standsThere && own != null) {
                parts.remove(loop.session(), own);
            }
            finish(why);
            return;
        }
        Commit.Builder commit = commit(parts.never());
        if (standsThere && own != null) {
            commit.write(Write.delete(own.path()));
        }
        change(found, state.asBroken(), commit, () -> loop.look(ReadLevel.LINEARIZABLE));
    }

    private void finish(Exception why) {
        end();
        pending.fail(why);
    }

    private void end() {
        over = true;
        loop.stop();
    }

    @Override
    public boolean onFailure(Throwable why) {
        pending.fail(why);
        Session with = session;
        if (with != null && own != null) {
            parts.remove(with, own);
        } else if (with != null && opId != null) {
            parts.withdraw(with, opId);
        }
        over = true;
        return false;
    }

    // ---- parts

    private Commit.Builder commit(long deadlineNanos) {
        return Commit.builder(loop.session().newOpId(), deadlineNanos);
    }

    private void change(Node found, CycleState next, Commit.Builder commit, Runnable then) {
        commit.guard(Guard.versionIs(barrier.path, found.version())).write(Write.put(barrier.path, next.payload()));
        loop.commit(commit.build(), result -> {
            if (result instanceof CommitResult.Refused) {
                lookLater();
            } else {
                then.run();
            }
        });
    }

    private void lookAgain() {
        loop.look(ReadLevel.OWN_WRITES);
    }

    private void lookLater() {
        if (++defeats > 1) {
            loop.later(defeats - 1, this::lookAgain);
        } else {
            lookAgain();
        }
    }
}
