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
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.WatchSpec.OfNode;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import org.jspecify.annotations.Nullable;

/**
 * One member on its way in. It makes its node and sees who else is there (one round trip); whoever sees enough of them, and nobody of the last generation, commits the next generation: the
 * names of the first {@code parties}, guarded by the presence of each and by the version of the state. All others watch the state only.
 *
 * <p>The state is read before the members: a generation that came in between is refused by the version, and a member that a later listing does not show is gone for good, since names
 * are never used twice. On its drain.
 */
final class Entering implements WatchLoop.Follower {
    private final MemberBarrier barrier;
    private final RecipeParts parts;
    private final PendingWait<DoubleBarrier.Entry> pending;
    private final SerialDrain drain;
    private final WatchLoop loop;
    /** The ids of nodes that were made, or perhaps made, in earlier rounds. */
    private final List<String> former = new ArrayList<>();

    private @Nullable Session session;
    private @Nullable OpId opId;
    private @Nullable Node own;
    private long seenGeneration = -1;
    private int defeats;
    private boolean over;

    Entering(MemberBarrier barrier, PendingWait<DoubleBarrier.Entry> pending) {
        this.barrier = barrier;
        this.parts = barrier.parts;
        this.pending = pending;
        this.drain = parts.newDrain();
        this.loop = new WatchLoop(barrier.conclave, drain, List.of(barrier.ofState(), barrier.ofMembers()), this);
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
        if (opId != null) {
            former.add(opId.toUuidText());
        }
        session = next;
        opId = null;
        own = null;
        if (former.isEmpty()) {
            create();
        } else {
            loop.look(ReadLevel.LINEARIZABLE);
        }
    }

    private void create() {
        OpId id = loop.session().newOpId();
        opId = id;
        Commit commit = Commit.builder(id, parts.never())
                .write(Write.createSequential(
                        barrier.members, MemberBarrier.tag(), parts.memberData(), CreateMode.EPHEMERAL_SEQUENTIAL))
                .then(barrier.ofState())
                .then(barrier.ofMembers())
                .build();
        loop.commit(commit, this::created);
    }

    private void created(CommitResult result) {
        if (!(result instanceof CommitResult.Applied applied)) {
            fail(new IllegalStateException("the store refused a member that has no conditions: " + result));
            return;
        }
        Node node = applied.created().get(0);
        if (node.sequence().isEmpty()) {
            onSession(loop.session()); // it was removed before we learnt of it
            return;
        }
        own = node;
        if (applied.then().isEmpty()) {
            loop.look(ReadLevel.OWN_WRITES);
        } else {
            onViews(applied.then());
        }
    }

    @Override
    public void onViews(List<View> views) {
        if (over) {
            return;
        }
        Optional<Node> found = ((View.OfNode) views.get(0)).node();
        Optional<DoubleState> state = DoubleState.read(barrier.path, views.get(0));
        List<String> present = MemberBarrier.names(views.get(1));
        if (wasLetInBefore(state)) {
            fail(new BrokenBarrierException(barrier.path
                    + " let this member in, or may have, when its session was lost: the others are inside without it"));
        } else if (opId == null) {
            comeAgain(present);
        } else if (own != null) {
            decide(found.orElse(null), state.orElse(null), present, own);
        }
    }

    /** True if a node of an earlier round was let in, or nobody can tell any more. */
    private boolean wasLetInBefore(Optional<DoubleState> state) {
        if (former.isEmpty() || state.isEmpty()) {
            return false;
        }
        DoubleState now = state.get();
        return former.stream().anyMatch(id -> now.placeOf(id) >= 0)
                || (seenGeneration >= 0 && now.generation() > seenGeneration + 1);
    }

    /** The store may still have a node of a session that this process has given up: it must not count as a second member. */
    private void comeAgain(List<String> present) {
        Optional<String> stale = present.stream()
                .filter(name -> former.stream().anyMatch(name::contains))
                .findFirst();
        if (stale.isEmpty()) {
            create();
            return;
        }
        Commit delete = Commit.builder(loop.session().newOpId(), parts.never())
                .write(Write.delete(barrier.members.child(stale.get())))
                .build();
        loop.commit(delete, result -> loop.look(ReadLevel.LINEARIZABLE));
    }

    private void decide(@Nullable Node found, @Nullable DoubleState state, List<String> present, Node mine) {
        if (found == null || state == null) {
            loop.commit(
                    commit().write(Write.create(
                                    barrier.path,
                                    DoubleState.first(barrier.parties()).payload(),
                                    CreateMode.PERSISTENT))
                            .build(),
                    result -> loop.look(ReadLevel.OWN_WRITES));
            return;
        }
        int place = state.placeOf(id());
        if (place >= 0) {
            entered(state, place, mine);
            return;
        }
        seenGeneration = state.generation();
        if (!present.contains(mine.name())) {
            onSession(loop.session()); // evicted: again, at the tail
            return;
        }
        List<String> inside = state.members().stream().filter(present::contains).toList();
        List<String> waiting =
                present.stream().filter(name -> !state.members().contains(name)).toList();
        if (state.parties() != barrier.parties()) {
            differ(found, state, inside.isEmpty() && waiting.size() == 1);
        } else if (inside.isEmpty() && waiting.size() >= barrier.parties()) {
            letIn(found, state, waiting.subList(0, barrier.parties()));
        } else {
            await(inside, mine);
        }
    }

    /** Only an empty barrier takes another number of parties. */
    private void differ(Node found, DoubleState state, boolean alone) {
        if (alone) {
            change(found, state.with(barrier.parties()), commit(), () -> loop.look(ReadLevel.OWN_WRITES));
        } else {
            fail(new IllegalStateException(barrier.path + " is in use for " + state.parties() + " parties, not for "
                    + barrier.parties() + ": all who use it must agree"));
        }
    }

    private void letIn(Node found, DoubleState state, List<String> names) {
        Commit.Builder commit = commit();
        names.forEach(name -> commit.guard(Guard.present(barrier.members.child(name))));
        DoubleState next = state.next(names);
        change(found, next, commit, () -> {
            int place = next.placeOf(id());
            if (place >= 0 && own != null) {
                entered(next, place, own); // whatever has become of the state since
            } else {
                loop.look(ReadLevel.OWN_WRITES);
            }
        });
    }

    private void change(Node found, DoubleState next, Commit.Builder commit, Runnable then) {
        commit.guard(Guard.versionIs(barrier.path, found.version())).write(Write.put(barrier.path, next.payload()));
        loop.commit(commit.build(), result -> {
            if (result instanceof CommitResult.Applied) {
                then.run();
            } else if (++defeats > 1) {
                loop.later(defeats - 1, () -> loop.look(ReadLevel.OWN_WRITES));
            } else {
                loop.look(ReadLevel.OWN_WRITES);
            }
        });
    }

    private void await(List<String> inside, Node mine) {
        pending.notYet();
        if (over) {
            return;
        }
        List<WatchSpec> specs = new ArrayList<>();
        specs.add(new WatchSpec(
                new OfNode(barrier.path),
                mine.createdRevision().orElse(0),
                Set.of(Kind.CREATED, Kind.CHANGED, Kind.DELETED)));
        if (!inside.isEmpty()) {
            specs.add(WatchSpec.gone(barrier.members.child(inside.get(0)), 0));
        }
        loop.watch(specs);
    }

    private Commit.Builder commit() {
        return Commit.builder(loop.session().newOpId(), parts.never());
    }

    private String id() {
        return opId == null ? "none" : opId.toUuidText();
    }

    private void entered(DoubleState state, int place, Node mine) {
        if (over) {
            return;
        }
        over = true;
        Session with = loop.session();
        loop.stop();
        Member member = new Member(barrier, with, mine, state, place);
        if (!pending.complete(member)) {
            member.goneWithoutLeaving();
        }
    }

    private void fail(Exception why) {
        pending.fail(why);
        giveUp();
    }

    /** What was made, or may still be made, is removed in the background. */
    private void giveUp() {
        if (over) {
            return;
        }
        over = true;
        loop.stop();
        Session with = session;
        if (with != null && own != null) {
            parts.remove(with, own);
        } else if (with != null && opId != null) {
            parts.withdraw(with, opId);
        }
    }

    @Override
    public boolean onFailure(Throwable why) {
        pending.fail(why);
        giveUp();
        return false;
    }

    /** The queries of a barrier, for its members. */
    static List<Query> membersThenState(MemberBarrier barrier) {
        return List.of(barrier.ofMembers(), barrier.ofState());
    }
}
