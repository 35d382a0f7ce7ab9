package io.conclave.barrier;

import io.conclave.Conclave;
import io.conclave.internal.PendingWait;
import io.conclave.internal.RecipeParts;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The double barrier: {@link Entering} and {@link Member} do the work. */
final class MemberBarrier implements DoubleBarrier {
    private static final String TAG = "member-";
    /** What the commit that lets members in holds besides their guards. */
    private static final int OTHER_OPERATIONS = 4;

    final Conclave conclave;
    final RecipeParts parts;
    final NodePath path;
    final NodePath members;
    private final int parties;

    MemberBarrier(Conclave conclave, String path, int parties) {
        this.conclave = conclave;
        this.parts = new RecipeParts(conclave);
        this.path = RecipeParts.requirePath(path);
        this.members = this.path.child("members");
        this.parties = requireParties(parts, parties);
    }

    static int requireParties(RecipeParts parts, int parties) {
        int most = parts.capabilities().maxOperations() - OTHER_OPERATIONS;
        if (parties < 1 || parties > most) {
            throw new IllegalArgumentException(
                    parties + " parties are not 1 to " + most + ", which is what one commit of this store takes");
        }
        return parties;
    }

    Query ofState() {
        return Query.get(path);
    }

    Query ofMembers() {
        return Query.contenders(members, List.of(TAG));
    }

    static String tag() {
        return TAG;
    }

    /** The names in a listing of members, in their order. */
    static List<String> names(View view) {
        return ((View.OfNodes) view).nodes().stream().map(Node::name).toList();
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public int parties() {
        return parties;
    }

    private PendingWait<Entry> begin(@Nullable Duration wait) {
        PendingWait<Entry> pending = parts.pending(wait, "the coming of " + parties + " members to " + path);
        new Entering(this, pending).start();
        return pending;
    }

    @Override
    public Entry enter() throws InterruptedException, BrokenBarrierException {
        RecipeParts.refuseInCallback("enter");
        return RecipeParts.awaitForEver(begin(null), BrokenBarrierException.class);
    }

    @Override
    public Entry enter(Duration wait) throws InterruptedException, TimeoutException, BrokenBarrierException {
        RecipeParts.refuseInCallback("enter");
        return begin(Objects.requireNonNull(wait, "wait")).await(BrokenBarrierException.class);
    }

    @Override
    public CompletableFuture<Entry> enterAsync() {
        return begin(null).forUser("enterAsync", Entry::close);
    }

    @Override
    public CompletableFuture<Entry> enterAsync(Duration wait) {
        return begin(Objects.requireNonNull(wait, "wait")).forUser("enterAsync", Entry::close);
    }

    private int count(boolean inside) throws InterruptedException {
        List<String> let = DoubleState.read(path, parts.readNow("count", ofState()))
                .map(DoubleState::members)
                .orElse(List.of());
        return (int) names(parts.readNow("count", ofMembers())).stream()
                .filter(name -> let.contains(name) == inside)
                .count();
    }

    @Override
    public int waiting() throws InterruptedException {
        return count(false);
    }

    @Override
    public int inside() throws InterruptedException {
        return count(true);
    }

    @Override
    public String toString() {
        return "DoubleBarrier[" + path + ", " + parties + "]";
    }
}
