package io.conclave.cache;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.internal.ChangeCallbacks;
import io.conclave.internal.MirrorSpec;
import io.conclave.internal.NodeChange;
import io.conclave.internal.RecipeContext;
import io.conclave.internal.TreeMirror;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A {@link TreeMirror} and its listeners, which are changed on the mirror's drain. */
final class MirrorCache implements TreeCache, TreeMirror.Listener {
    private final RecipeContext context;
    private final MirrorSpec spec;
    private final TreeMirror mirror;
    private final List<Told> listeners = new ArrayList<>();
    private final AtomicBoolean started = new AtomicBoolean();
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Throwable overflow;
    private boolean initialised;

    MirrorCache(Conclave conclave, MirrorSpec spec) {
        this.context = new RecipeContext(conclave);
        this.spec = spec;
        this.mirror = new TreeMirror(conclave, spec, this);
    }

    @Override
    public void start() {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("the cache of " + spec.root() + " was started or closed before");
        }
        mirror.start();
    }

    @Override
    public String path() {
        return spec.root().toString();
    }

    @Override
    public boolean isInitialised() {
        return mirror.loaded().isDone() && !mirror.loaded().isCompletedExceptionally();
    }

    @Override
    public void awaitInitialised(Duration wait) throws InterruptedException, TimeoutException {
        context.await("awaitInitialised", mirror.loaded(), wait);
        requireWhole();
    }

    @Override
    public boolean isCurrent() {
        return mirror.isCurrent();
    }

    private void requireWhole() {
        Throwable why = overflow;
        if (why != null) {
            throw new IllegalStateException(why.getMessage(), why);
        }
    }

    @Override
    public Optional<Node> get(String path) {
        requireWhole();
        return mirror.get(NodePath.of(path));
    }

    @Override
    public Map<String, Node> getAll(List<String> paths) {
        requireWhole();
        List<NodePath> all = paths.stream().map(NodePath::of).toList();
        return mirror.view(read -> {
            Map<String, Node> found = new LinkedHashMap<>();
            all.forEach(path -> read.apply(path).ifPresent(node -> found.put(path.toString(), node)));
            return found;
        });
    }

    @Override
    public List<String> children(String path) {
        requireWhole();
        return mirror.names(NodePath.of(path));
    }

    @Override
    public List<Node> subtree(String path) {
        requireWhole();
        return mirror.tree(NodePath.of(path));
    }

    @Override
    public int size() {
        return mirror.size();
    }

    @Override
    public void awaitRevision(long revision, Duration wait) throws InterruptedException, TimeoutException {
        context.await("awaitRevision", reached(revision), wait);
    }

    @Override
    public CompletionStage<Void> revisionReached(long revision) {
        return context.forUser("revisionReached", reached(revision));
    }

    private CompletableFuture<Void> reached(long revision) {
        if (revision < 1) {
            throw new IllegalArgumentException("revision " + revision + " is below 1");
        }
        return mirror.reached(revision);
    }

    @Override
    public Registration addListener(TreeCacheListener listener) {
        Told told = new Told(Objects.requireNonNull(listener, "listener"));
        mirror.drain().execute(() -> {
            listeners.add(told);
            if (initialised) {
                told.calls.tell(listener::onInitialised);
            }
        });
        return () -> {
            told.calls.close();
            mirror.drain().execute(() -> listeners.remove(told));
        };
    }

    @Override
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void close() {
        started.set(true);
        mirror.close();
    }

    // ---- the mirror

    @Override
    public void onResync() {
        listeners.forEach(told -> told.calls.tell(told.listener::onResynced));
    }

    @Override
    public void onChanges(List<NodeChange> changes) {
        listeners.forEach(told -> told.calls.tell(changes));
    }

    @Override
    public void onLoaded(Session session) {
        failure = null;
        if (!initialised) {
            initialised = true;
            listeners.forEach(told -> told.calls.tell(told.listener::onInitialised));
        }
    }

    @Override
    public void onTrouble(Throwable why) {
        boolean first = failure == null;
        failure = why;
        if (first) {
            listeners.forEach(told -> told.calls.tell(() -> told.listener.onFailure(why)));
        }
    }

    @Override
    public void onOverflow() {
        IllegalStateException why = new IllegalStateException(
                "the tree of " + spec.root() + " has more than " + spec.nodesMax() + " nodes: the cache has ended");
        overflow = why;
        onTrouble(why);
    }

    @Override
    public String toString() {
        return "TreeCache[" + spec.root() + ", " + size() + " nodes, current: " + isCurrent() + "]";
    }

    private final class Told {
        private final TreeCacheListener listener;
        private final ChangeCallbacks calls;

        Told(TreeCacheListener listener) {
            this.listener = listener;
            this.calls = new ChangeCallbacks(
                    context, "a listener of the cache of " + spec.root(), this::tell, listener::onResynced);
        }

        private void tell(NodeChange change) {
            Node before = change.before();
            Node now = change.now();
            if (before != null && now != null) {
                listener.onChanged(before, now);
            } else if (now != null) {
                listener.onCreated(now);
            } else if (before != null) {
                listener.onRemoved(before);
            }
        }
    }
}
