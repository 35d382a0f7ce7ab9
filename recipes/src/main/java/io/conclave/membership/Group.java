package io.conclave.membership;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.internal.ChangeCallbacks;
import io.conclave.internal.MirrorSpec;
import io.conclave.internal.NodeChange;
import io.conclave.internal.NodeKeeper;
import io.conclave.internal.RecipeContext;
import io.conclave.internal.Segments;
import io.conclave.internal.TreeMirror;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A mirror of the group's directory, and a keeper of the own node in it: one watch serves both. Listeners are changed on the mirror's drain. */
final class Group implements GroupMembership, TreeMirror.Listener {
    private static final int MEMBERS_MAX = 100_000;

    private final RecipeContext context;
    private final NodePath directory;
    private final TreeMirror mirror;
    private final Presence presence;
    private final @Nullable NodePath own;
    private final @Nullable NodeKeeper keeper;
    private final List<Told> listeners = new ArrayList<>();
    private @Nullable String takenBy;

    /** Joins. */
    Group(Conclave conclave, String path, String name, byte[] data) {
        this(conclave, path, Segments.encode("member name", name), Payload.of(data));
    }

    /** Only looks. */
    Group(Conclave conclave, String path) {
        this(conclave, path, null, Payload.empty());
    }

    private Group(Conclave conclave, String path, @Nullable String segment, Payload data) {
        this.context = new RecipeContext(conclave);
        this.directory = RecipeContext.requirePath(path);
        this.own = segment == null ? null : directory.child(segment);
        this.mirror = new TreeMirror(conclave, new MirrorSpec(directory, 1, false, MEMBERS_MAX), this);
        this.presence = new Presence(context, mirror.drain(), path);
        this.keeper = own == null ? null : new NodeKeeper(conclave, mirror.drain(), own, data, new OwnNode());
        mirror.start();
    }

    @Override
    public String path() {
        return directory.toString();
    }

    @Override
    public boolean isMember() {
        return presence.isPresent();
    }

    @Override
    public void awaitMember(Duration wait) throws InterruptedException, TimeoutException {
        requireMember();
        context.await("awaitMember", presence.next(), wait);
    }

    @Override
    public void awaitMembers(Duration wait) throws InterruptedException, TimeoutException {
        context.await("awaitMembers", mirror.loaded(), wait);
    }

    @Override
    public List<Member> members() {
        return mirror.tree(directory).stream().map(this::member).toList();
    }

    @Override
    public Optional<Member> member(String name) {
        return mirror.get(directory.child(Segments.encode("member name", name))).map(this::member);
    }

    private Member member(Node node) {
        return new Member(
                Segments.decode(node.name()),
                node.data(),
                node.owner(),
                node.createdRevision().orElseGet(() -> node.modifiedRevision().orElse(0)),
                isOwn(node) && isMember());
    }

    @Override
    public CompletionStage<Void> setData(byte[] data) {
        NodeKeeper mine = requireMember();
        Payload payload = Payload.of(Objects.requireNonNull(data, "data"));
        CompletableFuture<Void> done = new CompletableFuture<>();
        mirror.drain().execute(() -> mine.put(payload, done));
        return context.forUser("setData", done);
    }

    private NodeKeeper requireMember() {
        if (keeper == null) {
            throw new IllegalStateException("this only observes the group " + directory);
        }
        return keeper;
    }

    @Override
    public Optional<Throwable> failure() {
        return presence.failure();
    }

    @Override
    public Registration addListener(MembershipListener listener) {
        Told told = new Told(Objects.requireNonNull(listener, "listener"));
        mirror.drain().execute(() -> {
            listeners.add(told);
            List<Node> present = mirror.tree(directory);
            told.calls.tell(
                    present.stream().map(node -> new NodeChange(null, node)).toList());
            String holder = takenBy;
            if (holder != null) {
                told.taken(holder);
            }
        });
        return () -> {
            told.calls.close();
            mirror.drain().execute(() -> listeners.remove(told));
        };
    }

    @Override
    public void close() {
        context.awaitQuietly("leaving " + directory, leave());
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        return context.forUser("closeAsync", leave());
    }

    private CompletableFuture<Void> leave() {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        mirror.drain().execute(() -> {
            presence.close(new IllegalStateException("the membership in " + directory + " was closed"));
            CompletableFuture<Void> left = keeper == null ? CompletableFuture.completedFuture(null) : keeper.leave();
            RecipeContext.whenDone(left, (nothing, failure) -> {
                mirror.close();
                gone.complete(null);
            });
        });
        return gone;
    }

    // ---- the mirror

    @Override
    public CompletableFuture<Boolean> prepare(Session session) {
        return keeper == null ? CompletableFuture.completedFuture(false) : keeper.prepare(session);
    }

    @Override
    public void onChanges(List<NodeChange> changes) {
        if (own != null && mirror.loaded().isDone() && changes.stream().anyMatch(this::isOwn)) {
            seeOwn(own);
        }
        listeners.forEach(told -> told.calls.tell(changes));
    }

    private boolean isOwn(NodeChange change) {
        Node either = change.now() != null ? change.now() : change.before();
        return either != null && isOwn(either);
    }

    private boolean isOwn(Node node) {
        NodePath mine = own;
        return mine != null && node.path().equals(mine);
    }

    private void seeOwn(NodePath path) {
        if (keeper != null) {
            keeper.onSeen(mirror.get(path));
        }
    }

    @Override
    public void onLoaded(Session session) {
        if (own != null) {
            seeOwn(own);
        } else {
            presence.recovered();
        }
    }

    @Override
    public void onResync() {
        listeners.forEach(told -> told.calls.tell(told.listener::onResynced));
    }

    @Override
    public void onSessionOver() {
        if (keeper != null) {
            keeper.onSessionOver();
        }
    }

    @Override
    public void onTrouble(Throwable failure) {
        presence.onRefused(failure);
    }

    @Override
    public void onOverflow() {
        presence.onRefused(new IllegalStateException(
                "the group " + directory + " has more than " + MEMBERS_MAX + " members: it is followed no more"));
    }

    @Override
    public String toString() {
        return "GroupMembership[" + directory + ", member: " + isMember() + "]";
    }

    /** What becomes of the own node, on the drain. */
    private final class OwnNode implements NodeKeeper.Listener {
        @Override
        public void onPresent(Node node) {
            takenBy = null;
            presence.onPresent(node);
        }

        @Override
        public void onAbsent() {
            presence.onAbsent();
        }

        @Override
        public void onOccupied(Node other) {
            takenBy = other.owner();
            listeners.forEach(told -> told.taken(other.owner()));
        }

        @Override
        public void onRefused(Throwable why) {
            presence.onRefused(why);
        }
    }

    private final class Told {
        private final MembershipListener listener;
        private final ChangeCallbacks calls;

        Told(MembershipListener listener) {
            this.listener = listener;
            this.calls = new ChangeCallbacks(context, "a listener of " + directory, this::tell, listener::onResynced);
        }

        void taken(String session) {
            calls.tell(() -> listener.onNameTaken(session));
        }

        /** A name whose session has changed is somebody who left and somebody who joined. */
        private void tell(NodeChange change) {
            Node before = change.before();
            Node now = change.now();
            if (before != null && now != null && before.owner().equals(now.owner())) {
                listener.onChanged(member(before), member(now));
                return;
            }
            if (before != null) {
                listener.onLeft(member(before));
            }
            if (now != null) {
                listener.onJoined(member(now));
            }
        }
    }
}
