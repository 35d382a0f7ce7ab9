package io.conclave.backend.inmemory;

import io.conclave.spi.NodePath;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The running watches by what they look at. Touched only by the store's drain. */
final class WatchTable {
    private final Map<NodePath, Set<ClientWatch>> direct = new HashMap<>();
    private final Map<NodePath, Set<ClientWatch>> subtrees = new HashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    void add(ClientWatch watch) {
        Set<ClientWatch> watches =
                tableOf(watch).computeIfAbsent(watch.spec.target().path(), path -> new LinkedHashSet<>());
        if (watches.add(watch)) {
            size.incrementAndGet();
        }
    }

    void remove(ClientWatch watch) {
        tableOf(watch).computeIfPresent(watch.spec.target().path(), (path, watches) -> {
            if (watches.remove(watch)) {
                size.decrementAndGet();
            }
            return watches.isEmpty() ? null : watches;
        });
    }

    private Map<NodePath, Set<ClientWatch>> tableOf(ClientWatch watch) {
        return watch.spec.target() instanceof WatchSpec.SubtreeOf ? subtrees : direct;
    }

    /** How many there are; answered from any thread. */
    int size() {
        return size.get();
    }

    /** Calls the action for each watch that wants to hear of the change. */
    void forEach(Change change, Consumer<ClientWatch> action) {
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

    private static void offer(@Nullable Set<ClientWatch> watches, Change change, Consumer<ClientWatch> action) {
        if (watches != null) {
            for (ClientWatch watch : watches) {
                if (watch.wants(change)) {
                    action.accept(watch);
                }
            }
        }
    }
}
