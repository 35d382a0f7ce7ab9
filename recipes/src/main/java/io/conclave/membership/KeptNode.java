package io.conclave.membership;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.internal.MirrorSpec;
import io.conclave.internal.NodeChange;
import io.conclave.internal.NodeKeeper;
import io.conclave.internal.RecipeContext;
import io.conclave.internal.TreeMirror;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Session;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/** A {@link NodeKeeper} on a mirror of its one node. */
final class KeptNode implements PersistentNode, TreeMirror.Listener {
    private final RecipeContext context;
    private final NodePath path;
    private final TreeMirror mirror;
    private final NodeKeeper keeper;
    private final Presence presence;

    KeptNode(Conclave conclave, String path, byte[] data) {
        this.context = new RecipeContext(conclave);
        this.path = RecipeContext.requirePath(path);
        Payload first = Payload.of(data);
        this.mirror = new TreeMirror(conclave, MirrorSpec.node(this.path), this);
        this.presence = new Presence(context, mirror.drain(), path);
        this.keeper = new NodeKeeper(conclave, mirror.drain(), this.path, first, presence);
        mirror.start();
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public boolean isPresent() {
        return presence.isPresent();
    }

    @Override
    public void awaitPresent(Duration wait) throws InterruptedException, TimeoutException {
        context.await("awaitPresent", presence.next(), wait);
    }

    @Override
    public CompletionStage<Void> setData(byte[] data) {
        Payload payload = Payload.of(Objects.requireNonNull(data, "data"));
        CompletableFuture<Void> done = new CompletableFuture<>();
        mirror.drain().execute(() -> keeper.put(payload, done));
        return context.forUser("setData", done);
    }

    @Override
    public Optional<Throwable> failure() {
        return presence.failure();
    }

    @Override
    public Registration addListener(PersistentNodeListener listener) {
        return presence.add(Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public void close() {
        context.awaitQuietly("removing " + path, leave());
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        return context.forUser("closeAsync", leave());
    }

    private CompletableFuture<Void> leave() {
        CompletableFuture<Void> gone = new CompletableFuture<>();
        mirror.drain().execute(() -> {
            presence.close(new IllegalStateException("the node " + path + " was closed"));
            RecipeContext.whenDone(keeper.leave(), (nothing, failure) -> {
                mirror.close();
                gone.complete(null);
            });
        });
        return gone;
    }

    // ---- the mirror

    @Override
    public CompletableFuture<Boolean> prepare(Session session) {
        return keeper.prepare(session);
    }

    @Override
    public void onChanges(List<NodeChange> changes) {
        if (mirror.loaded().isDone()) {
            keeper.onSeen(mirror.get(path));
        }
    }

    @Override
    public void onLoaded(Session session) {
        keeper.onSeen(mirror.get(path));
    }

    @Override
    public void onSessionOver() {
        keeper.onSessionOver();
    }

    @Override
    public void onTrouble(Throwable failure) {
        presence.onRefused(failure);
    }

    @Override
    public String toString() {
        return "PersistentNode[" + path + ", present: " + isPresent() + "]";
    }
}
