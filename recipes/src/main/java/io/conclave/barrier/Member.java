package io.conclave.barrier;

import io.conclave.internal.PendingWait;
import io.conclave.internal.RecipeParts;
import io.conclave.internal.WatchLoop;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A member inside a double barrier. It leaves with one commit, which notes that and removes its node; then it watches one member after the other until none is there. The members are read
 * before the state: when all nodes are gone, the notes of those who left are in the state. On its drain.
 */
final class Member implements DoubleBarrier.Entry, WatchLoop.Follower {
    private final MemberBarrier barrier;
    private final RecipeParts parts;
    private final Session session;
    private final Node own;
    private final DoubleState let;
    private final int place;
    private final SerialDrain drain;
    private final WatchLoop loop;
    private final Set<PendingWait<Boolean>> waiting = new LinkedHashSet<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private @Nullable BrokenBarrierException broken;
    private boolean finished;
    private int defeats;

    Member(MemberBarrier barrier, Session session, Node own, DoubleState let, int place) {
        this.barrier = barrier;
        this.parts = barrier.parts;
        this.session = session;
        this.own = own;
        this.let = let;
        this.place = place;
        this.drain = parts.newDrain();
        this.loop = new WatchLoop(barrier.conclave, drain, Entering.membersThenState(barrier), this);
    }

    @Override
    public long generation() {
        return let.generation();
    }

    @Override
    public int index() {
        return place;
    }

    private PendingWait<Boolean> begin(@Nullable Duration wait) {
        PendingWait<Boolean> pending = parts.pending(wait, "the leaving of all members of " + barrier.path);
        pending.begin(() -> drain.execute(() -> {
            waiting.remove(pending);
            stopIfIdle();
        }));
        drain.execute(() -> {
            if (finished) {
                end(pending);
            } else if (!pending.isDone()) {
                waiting.add(pending);
                run();
            } else {
                run(); // it leaves all the same
                stopIfIdle();
            }
        });
        return pending;
    }

    private void run() {
        if (!finished && !loop.isRunning()) {
            loop.start();
        }
    }

    private void stopIfIdle() {
        if (waiting.isEmpty() && left.isDone() && loop.isRunning()) {
            loop.stop();
        }
    }

    @Override
    public void onSession(Session present) {
        if (present != session) {
            finish("this member's session was lost");
        } else {
            loop.look(ReadLevel.OWN_WRITES);
        }
    }

    @Override
    public void onViews(List<View> views) {
        if (finished) {
            return;
        }
        List<String> present = MemberBarrier.names(views.get(0));
        Node found = ((View.OfNode) views.get(1)).node().orElse(null);
        DoubleState state = found == null ? null : DoubleState.read(barrier.path, found);
        if (found == null || state == null || state.generation() < let.generation()) {
            parts.remove(session, own);
            finish("its node " + barrier.path + " was removed");
        } else if (left.isDone()) {
            lookForOthers(present, state);
        } else if (state.generation() != let.generation() || !present.contains(own.name())) {
            finish("this member's node was removed: it was evicted");
        } else {
            leave(found, state);
        }
    }

    private void leave(Node found, DoubleState state) {
        Commit commit = Commit.builder(session.newOpId(), parts.never())
                .guard(Guard.versionIs(barrier.path, found.version()))
                .write(Write.put(barrier.path, state.leftBy(place).payload()))
                .write(Write.delete(own.path()))
                .build();
        loop.commit(commit, result -> {
            if (result instanceof CommitResult.Applied) {
                left.complete(null);
                loop.look(ReadLevel.OWN_WRITES);
                stopIfIdle();
            } else if (++defeats > 1) {
                loop.later(defeats - 1, () -> loop.look(ReadLevel.OWN_WRITES));
            } else {
                loop.look(ReadLevel.OWN_WRITES);
            }
        });
    }

    private void lookForOthers(List<String> present, DoubleState state) {
        List<String> inside = let.members().stream().filter(present::contains).toList();
        if (!inside.isEmpty()) {
            List.copyOf(waiting).forEach(PendingWait::notYet);
            if (loop.isRunning()) {
                loop.watch(List.of(WatchSpec.gone(barrier.members.child(inside.get(0)), 0)));
            }
        } else if (state.generation() == let.generation() ? state.isBroken() : state.wasBroken(let.generation())) {
            finish("a member went without leaving");
        } else {
            finish(null);
        }
    }

    private void finish(@Nullable String why) {
        finished = true;
        broken = why == null
                ? null
                : new BrokenBarrierException(
                        "generation " + let.generation() + " of " + barrier.path + " is broken: " + why);
        left.complete(null);
        loop.stop();
        waiting.forEach(this::end);
        waiting.clear();
    }

    private void end(PendingWait<Boolean> pending) {
        BrokenBarrierException why = broken;
        if (why == null) {
            pending.complete(true);
        } else {
            pending.fail(why);
        }
    }

    @Override
    public boolean onFailure(Throwable why) {
        finished = true;
        left.complete(null);
        broken = new BrokenBarrierException("leaving " + barrier.path + " failed: " + why);
        broken.initCause(why);
        parts.remove(session, own);
        waiting.forEach(pending -> pending.fail(why));
        waiting.clear();
        return false;
    }

    /** It gave up at the very moment at which it was let in: the others will hear that it went. */
    void goneWithoutLeaving() {
        drain.execute(() -> finish("this member had given up"));
        parts.remove(session, own);
    }

    @Override
    public void leave() throws InterruptedException, BrokenBarrierException {
        RecipeParts.refuseInCallback("leave");
        RecipeParts.awaitForEver(begin(null), BrokenBarrierException.class);
    }

    @Override
    public void leave(Duration wait) throws InterruptedException, TimeoutException, BrokenBarrierException {
        RecipeParts.refuseInCallback("leave");
        begin(Objects.requireNonNull(wait, "wait")).await(BrokenBarrierException.class);
    }

    @Override
    public CompletableFuture<Boolean> leaveAsync() {
        return begin(null).forUser("leaveAsync", late -> {});
    }

    @Override
    public CompletableFuture<Boolean> leaveAsync(Duration wait) {
        return begin(Objects.requireNonNull(wait, "wait")).forUser("leaveAsync", late -> {});
    }

    @Override
    public void close() {
        drain.execute(() -> {
            run();
            stopIfIdle();
        });
        parts.awaitQuietly(left);
    }

    @Override
    public String toString() {
        return "Entry[" + barrier.path + ", generation " + generation() + ", " + place + "]";
    }
}
