package io.conclave.backend.inmemory;

import io.conclave.spi.NodePath;
import io.conclave.spi.WatchSpec.Kind;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The running watches by what they look at. Touched only by the store's drain, or under its lock. */
final class WatchTable<W extends Watcher<?, ?>> {
    private final Map<NodePath, Set<W>> direct = new HashMap<>();
    private final Map<NodePath, Set<W>> subtrees = new HashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    void add(W watch) {
        Set<W> watches = tableOf(watch).computeIfAbsent(watch.interest().path(), path -> new LinkedHashSet<>());
        if (watches.add(watch)) {
            size.incrementAndGet();
        }
    }

    void remove(W watch) {
        tableOf(watch).computeIfPresent(watch.interest().path(), (path, watches) -> {
            if (watches.remove(watch)) {
                size.decrementAndGet();
            }
            return watches.isEmpty() ? null : watches;
        });
    }

    private Map<NodePath, Set<W>> tableOf(W watch) {
        return watch.interest().isSubtree() ? subtrees : direct;
    }

    /** How many there are; answered from any thread. */
    int size() {
        return size.get();
    }

    /** Calls the action for each watch that wants to hear of the change. */
    void forEach(Change change, Consumer<W> action) {
        offer(direct.get(change.path()), change, action);
        if (subtrees.isEmpty()
                || change.kind() == Kind.CHILDREN
                || change.path().isRoot()) {
            return;
        }
        offer(subtrees.get(NodePath.root()), change, action);
        for (NodePath above : change.path().ancestors()) {
            offer(subtrees.get(above), change, action);
        }
    }

    private void offer(@Nullable Set<W> watches, Change change, Consumer<W> action) {
        if (watches != null) {
            for (W watch : watches) {
                if (watch.interest().wants(change)) {
                    action.accept(watch);
                }
            }
        }
    }
}
