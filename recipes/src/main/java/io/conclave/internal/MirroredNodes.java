package io.conclave.internal;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a {@link TreeMirror}, in the order of their paths: all that lies below {@code /app} is the range from {@code /app/} to {@code /app0}. Changed by the
 * mirror's drain only, read by any thread; a reader sees each batch of changes whole or not at all.
 *
 * <p>Kept small: a node costs about 190 bytes on a 64-bit JVM with compressed references, plus its path and its data; an ephemeral one nothing more, since the ids of
 * owners are shared.
 */
final class MirroredNodes {
    private static final long NONE = Long.MIN_VALUE;

    /** A node without the objects that {@link Node} has for numbers that may be missing. */
    private static final class Kept {
        final NodePath path;
        final Payload data;
        final String owner;
        final long sequence;
        final long created;
        final long modified;
        final long version;

        Kept(Node node, String owner) {
            this.path = node.path();
            this.data = node.data();
            this.owner = owner;
            this.sequence = node.sequence().orElse(NONE);
            this.created = node.createdRevision().orElse(NONE);
            this.modified = node.modifiedRevision().orElse(NONE);
            this.version = node.version();
        }

        Node toNode() {
            return new Node(path, optional(sequence), optional(created), optional(modified), version, owner, data);
        }

        private static OptionalLong optional(long number) {
            return number == NONE ? OptionalLong.empty() : OptionalLong.of(number);
        }

        /** No two writes of a path share a modified revision (rule N12). */
        boolean isSame(Node node) {
            return modified == node.modifiedRevision().orElse(NONE)
                    && created == node.createdRevision().orElse(NONE)
                    && version == node.version();
        }
    }

    private static final class Count {
        final String owner;
        int nodes;

        Count(String owner) {
            this.owner = owner;
        }
    }

    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final TreeMap<String, Kept> nodes = new TreeMap<>();
    private final Map<String, Count> owners = new HashMap<>();

    // ---- changes, by the drain

    /** Runs changes that readers shall see together. */
    <T> T change(Supplier<T> changes) {
        lock.writeLock().lock();
        try {
            return changes.get();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Takes over what was read at that path; what changed is added to the list. Inside {@link #change}. */
    void set(NodePath path, @Nullable Node now, List<NodeChange> changes) {
        Kept before = now == null ? nodes.remove(path.toString()) : nodes.get(path.toString());
        if (now == null) {
            if (before != null) {
                forget(before);
                changes.add(new NodeChange(before.toNode(), null));
            }
        } else if (before == null || !before.isSame(now)) {
            nodes.put(path.toString(), new Kept(now, shared(now.owner())));
            if (before != null) {
                forget(before);
            }
            changes.add(new NodeChange(before == null ? null : before.toNode(), now));
        }
    }

    /** Takes over a page of the nodes below a directory: all from behind {@code after} to the last one, or to the end. Inside {@link #change}. */
    void setPage(
            NodePath directory, @Nullable NodePath after, List<Node> page, boolean more, List<NodeChange> changes) {
        Map<String, Node> found = new TreeMap<>();
        page.forEach(node -> found.put(node.path().toString(), node));
        NavigableMap<String, Kept> range = below(directory);
        if (after != null) {
            range = range.tailMap(after.toString(), false);
        }
        if (more) {
            range = range.headMap(page.get(page.size() - 1).path().toString(), true);
        }
        List<NodePath> gone = new ArrayList<>();
        range.forEach((path, kept) -> {
            if (!found.containsKey(path)) {
                gone.add(kept.path);
            }
        });
        gone.forEach(path -> set(path, null, changes));
        page.forEach(node -> set(node.path(), node, changes));
    }

    void clear() {
        change(() -> {
            nodes.clear();
            owners.clear();
            return true;
        });
    }

    private String shared(String owner) {
        if (owner.isEmpty()) {
            return "";
        }
        Count count = owners.computeIfAbsent(owner, Count::new);
        count.nodes++;
        return count.owner;
    }

    private void forget(Kept kept) {
        owners.computeIfPresent(kept.owner, (owner, count) -> --count.nodes == 0 ? null : count);
    }

    // ---- reads, by anybody

    private <T> T reading(Supplier<T> read) {
        lock.readLock().lock();
        try {
            return read.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    int size() {
        return reading(nodes::size);
    }

    Optional<Node> get(NodePath path) {
        return reading(() -> find(path));
    }

    private Optional<Node> find(NodePath path) {
        Kept kept = nodes.get(path.toString());
        return kept == null ? Optional.empty() : Optional.of(kept.toNode());
    }

    /** Runs several reads on one state. */
    <T> T view(Function<Function<NodePath, Optional<Node>>, T> reads) {
        return reading(() -> reads.apply(this::find));
    }

    /** The directory's own node, if there is one, and all below it, in order. */
    List<Node> tree(NodePath directory) {
        return reading(() -> {
            List<Node> all = new ArrayList<>();
            find(directory).ifPresent(all::add);
            below(directory).forEach((path, kept) -> all.add(kept.toNode()));
            return all;
        });
    }

    /** The names directly below, sorted, implicit directories included; what lies deeper is jumped over. */
    List<String> names(NodePath directory) {
        return reading(() -> {
            TreeSet<String> names = new TreeSet<>();
            NavigableMap<String, Kept> below = below(directory);
            int from = directory.isRoot() ? 1 : directory.toString().length() + 1;
            String next = below.isEmpty() ? null : below.firstKey();
            while (next != null) {
                int slash = next.indexOf('/', from);
                names.add(next.substring(from, slash < 0 ? next.length() : slash));
                next = slash < 0 ? below.higherKey(next) : below.ceilingKey(next.substring(0, slash) + "0");
            }
            return List.copyOf(names);
        });
    }

    private NavigableMap<String, Kept> below(NodePath directory) {
        return directory.isRoot()
                ? nodes.tailMap("/", false)
                : nodes.subMap(directory + "/", true, directory + "0", false);
    }
}
