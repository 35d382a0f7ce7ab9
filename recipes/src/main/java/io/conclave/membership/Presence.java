package io.conclave.membership;

import io.conclave.Registration;
import io.conclave.internal.NodeKeeper;
import io.conclave.internal.RecipeContext;
import io.conclave.internal.SerialCallbacks;
import io.conclave.spi.Node;
import io.conclave.spi.SerialDrain;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is known of a kept node, for those who ask, wait and listen. Changed on the drain. */
final class Presence implements NodeKeeper.Listener {
    private final RecipeContext context;
    private final SerialDrain drain;
    private final String path;
    private final List<Told> listeners = new ArrayList<>();
    private volatile boolean present;
    private volatile @Nullable Throwable failure;
    private volatile CompletableFuture<Void> next = new CompletableFuture<>();
    private Consumer<PersistentNodeListener> latest = PersistentNodeListener::onAbsent;
    private boolean closed;

    Presence(RecipeContext context, SerialDrain drain, String path) {
        this.context = context;
        this.drain = drain;
        this.path = path;
    }

    boolean isPresent() {
        return present;
    }

    Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    /** The store can be read again; where there is no node to keep, nothing else can fail. */
    void recovered() {
        failure = null;
    }

    /** Completes when the node stands. */
    CompletableFuture<Void> next() {
        return next;
    }

    Registration add(PersistentNodeListener listener) {
        Told told = new Told(listener);
        drain.execute(() -> {
            listeners.add(told);
            told.tell(latest);
        });
        return () -> {
            told.removed = true;
            drain.execute(() -> listeners.remove(told));
        };
    }

    void close(RuntimeException why) {
        if (!closed) {
            closed = true;
            gone();
            next.completeExceptionally(why);
        }
    }

    private void tell(Consumer<PersistentNodeListener> what) {
        latest = what;
        listeners.forEach(told -> told.tell(what));
    }

    private void gone() {
        present = false;
        if (next.isDone()) {
            next = new CompletableFuture<>();
        }
    }

    @Override
    public void onPresent(Node node) {
        if (!closed) {
            present = true;
            failure = null;
            next.complete(null);
            tell(PersistentNodeListener::onPresent);
        }
    }

    @Override
    public void onAbsent() {
        if (!closed) {
            gone();
            tell(PersistentNodeListener::onAbsent);
        }
    }

    @Override
    public void onOccupied(Node other) {
        tell(listener -> listener.onOccupied(other.owner()));
    }

    @Override
    public void onRefused(Throwable why) {
        boolean first = failure == null;
        failure = why;
        if (first && !closed) {
            tell(listener -> listener.onRefused(why));
        }
    }

    /** One listener, which is told the latest if it was too slow for all. */
    private final class Told {
        private final PersistentNodeListener listener;
        private final SerialCallbacks calls =
                context.serialCallbacks("a listener of " + path, () -> call(latestOfDrain()));
        private volatile boolean removed;

        Told(PersistentNodeListener listener) {
            this.listener = listener;
        }

        void tell(Consumer<PersistentNodeListener> what) {
            calls.execute(() -> call(what));
        }

        private void call(Consumer<PersistentNodeListener> what) {
            if (!removed) {
                what.accept(listener);
            }
        }
    }

    private Consumer<PersistentNodeListener> latestOfDrain() {
        return present ? PersistentNodeListener::onPresent : PersistentNodeListener::onAbsent;
    }
}
