package io.conclave.tck;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Answers queries from the model's tree. */
class ModelReader {
    private static final Comparator<Item> ORDER =
            Comparator.comparingLong(Item::place).thenComparingLong(Item::created);

    private final SortedMap<NodePath, Item> items;

    ModelReader(SortedMap<NodePath, Item> items) {
        this.items = items;
    }

    final SortedMap<NodePath, Item> items() {
        return items;
    }

    View answer(Query query, Map<NodePath, Long> ownPlaces) {
        if (query instanceof Query.Get get) {
            return new View.OfNode(get(get.path()));
        }
        if (query instanceof Query.Subtree subtree) {
            return subtree(subtree);
        }
        Query.Children children = (Query.Children) query;
        return children.tags().isEmpty() ? children(children) : contenders(children, ownPlaces);
    }

    Optional<Node> get(NodePath path) {
        return Optional.ofNullable(items.get(path)).map(Item::toNode);
    }

    View subtree(Query.Subtree query) {
        NodePath after = query.after();
        List<Node> nodes = items.values().stream()
                .filter(item -> isBelow(item.path(), query.directory()))
                .filter(item -> isNear(item.path(), query))
                .filter(item -> after == null || item.path().compareTo(after) > 0)
                .map(Item::toNode)
                .toList();
        return front(nodes, query.limit());
    }

    boolean isNear(NodePath path, Query.Subtree query) {
        return path.levelsBelow(query.directory()) <= query.depth();
    }

    boolean isBelow(NodePath path, NodePath directory) {
        return path.startsWith(directory) && !path.equals(directory);
    }

    View contenders(Query.Children query, Map<NodePath, Long> ownPlaces) {
        List<Item> ordered = items.values().stream()
                .filter(item -> item.path().parent().equals(query.directory()))
                .filter(item -> isContender(item, query.tags()))
                .sorted(order())
                .toList();
        if (query.bound() == Query.Bound.FIRST) {
            boolean more = ordered.size() > 1;
            return new View.OfNodes(entries(ordered.subList(0, Math.min(1, ordered.size())), query), more);
        }
        if (query.bound() == Query.Bound.BEFORE_OWN_CREATE) {
            return back(entries(before(ordered, query.directory(), ownPlaces), query), query.limit());
        }
        return front(entries(ordered, query), query.limit());
    }

    private List<Item> before(List<Item> ordered, NodePath directory, Map<NodePath, Long> ownPlaces) {
        Long created = ownPlaces.get(directory);
        Optional<Item> own = items.values().stream()
                .filter(item -> item.path().parent().equals(directory) && item.isSequential())
                .filter(item -> created != null && item.created() == created)
                .findFirst();
        return ordered.stream()
                .filter(item -> own.isEmpty() || order().compare(item, own.get()) < 0)
                .toList();
    }

    Comparator<Item> order() {
        return ORDER;
    }

    boolean isContender(Item item, List<String> tags) {
        return tags.stream().anyMatch(item.tag()::endsWith);
    }

    private static List<Node> entries(List<Item> items, Query.Children query) {
        return items.stream()
                .map(item -> query.withData() ? item.toNode() : item.toListed())
                .toList();
    }

    View children(Query.Children query) {
        List<Node> nodes = childrenOf(query.directory()).stream()
                .map(path -> entry(path, query.withData()))
                .toList();
        return front(nodes, query.limit());
    }

    /** The direct children, implicit directories included. */
    final Set<NodePath> childrenOf(NodePath directory) {
        Set<NodePath> children = new TreeSet<>();
        for (NodePath path : items.keySet()) {
            if (isBelow(path, directory)) {
                NodePath child = path;
                while (!child.parent().equals(directory)) {
                    child = child.parent();
                }
                children.add(child);
            }
        }
        return children;
    }

    Node entry(NodePath path, boolean withData) {
        @Nullable Item item = items.get(path);
        if (item == null) {
            return Node.listed(path, OptionalLong.empty());
        }
        return withData ? item.toNode() : item.toListed();
    }

    View front(List<Node> nodes, int limit) {
        return new View.OfNodes(nodes.subList(0, Math.min(limit, nodes.size())), limit < nodes.size());
    }

    View back(List<Node> nodes, int limit) {
        int from = Math.max(0, nodes.size() - limit);
        return new View.OfNodes(nodes.subList(from, nodes.size()), from > 0);
    }
}
