package io.conclave.tck;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;

/** The model's reader with one bug in what it shows. */
final class BuggyReader extends ModelReader {
    private static final int MANY = 10;
    private final Bug bug;
    private boolean inSubtree;

    BuggyReader(Bug bug, SortedMap<NodePath, Item> items) {
        super(items);
        this.bug = bug;
    }

    private boolean is(Bug other) {
        return bug == other;
    }

    @Override
    boolean isNear(NodePath path, Query.Subtree query) {
        return is(Bug.DEPTH_IGNORED) || super.isNear(path, query);
    }

    @Override
    Optional<Node> get(NodePath path) {
        Optional<Node> node = super.get(path).map(this::modified);
        if (is(Bug.CREATED_REVISION_MOVES) && node.isPresent() && node.get().version() > 0) {
            Node read = node.get();
            OptionalLong moved = OptionalLong.of(read.createdRevision().orElseThrow() + read.version());
            return Optional.of(new Node(
                    path, read.sequence(), moved, read.modifiedRevision(), read.version(), read.owner(), read.data()));
        }
        return node;
    }

    private Node modified(Node node) {
        OptionalLong told = node.modifiedRevision();
        if (is(Bug.MODIFIED_REVISION_IS_A_COUNT)) {
            told = OptionalLong.of(node.version() + 1);
        } else if (is(Bug.MODIFIED_REVISION_STANDS_STILL)) {
            told = node.createdRevision();
        } else if (is(Bug.MODIFIED_REVISION_UNTOLD)) {
            told = OptionalLong.empty();
        }
        return new Node(
                node.path(), node.sequence(), node.createdRevision(), told, node.version(), node.owner(), node.data());
    }

    @Override
    View subtree(Query.Subtree query) {
        View view = super.subtree(query);
        if (is(Bug.PAGES_OVERLAP) && query.after() != null && items().containsKey(query.after())) {
            List<Node> nodes = new ArrayList<>();
            nodes.add(items().get(query.after()).toNode());
            nodes.addAll(((View.OfNodes) view).nodes());
            boolean more = ((View.OfNodes) view).more() || nodes.size() > query.limit();
            return new View.OfNodes(nodes.subList(0, Math.min(query.limit(), nodes.size())), more);
        }
        if (is(Bug.DEPTH_FIRST) && query.after() == null) {
            List<Node> nodes = new ArrayList<>(((View.OfNodes) view).nodes());
            nodes.sort(Comparator.comparing(node -> node.path().toString().replace('/', '\u0001')));
            return new View.OfNodes(nodes, ((View.OfNodes) view).more());
        }
        return view;
    }

    @Override
    boolean isBelow(NodePath path, NodePath directory) {
        if (is(Bug.NAMESAKES_LISTED) && inSubtree) {
            return path.toString().startsWith(directory.toString()) && !path.equals(directory);
        }
        return super.isBelow(path, directory);
    }

    @Override
    View answer(Query query, Map<NodePath, Long> ownPlaces) {
        inSubtree = query instanceof Query.Subtree;
        View view = super.answer(query, ownPlaces);
        boolean bare = query instanceof Query.Children children && !children.withData();
        if (is(Bug.LISTINGS_TELL_VERSIONS) && bare) {
            List<Node> nodes = ((View.OfNodes) view)
                    .nodes().stream().map(node -> versioned(node)).toList();
            return new View.OfNodes(nodes, ((View.OfNodes) view).more());
        }
        return view;
    }

    private static Node versioned(Node node) {
        return new Node(
                node.path(),
                node.sequence(),
                node.createdRevision(),
                node.modifiedRevision(),
                0,
                node.owner(),
                node.data());
    }

    @Override
    View contenders(Query.Children query, Map<NodePath, Long> ownPlaces) {
        if (is(Bug.FIRST_IS_LAST) && query.bound() == Query.Bound.FIRST) {
            Query.Children all = new Query.Children(
                    query.directory(), query.tags(), Query.Bound.ALL, Integer.MAX_VALUE, query.withData());
            return back(((View.OfNodes) super.contenders(all, ownPlaces)).nodes(), 1);
        }
        return super.contenders(query, ownPlaces);
    }

    @Override
    View children(Query.Children query) {
        View view = super.children(query);
        if (is(Bug.RESERVED_LISTED) && query.directory().isRoot()) {
            List<Node> nodes = new ArrayList<>();
            nodes.add(Node.listed(NodePath.of("/.conclave"), OptionalLong.empty()));
            nodes.addAll(((View.OfNodes) view).nodes());
            return new View.OfNodes(nodes, ((View.OfNodes) view).more());
        }
        return view;
    }

    @Override
    Comparator<Item> order() {
        if (is(Bug.ORDER_BY_SIGNED_NUMBER)) {
            return Comparator.<Item>comparingInt(item -> item.number() < 0 ? 0 : 1)
                    .thenComparing(super.order());
        }
        if (is(Bug.ORDER_BY_NAME)
                && items().values().stream().filter(Item::isSequential).count() > MANY) {
            return Comparator.comparing(Item::path);
        }
        return super.order();
    }

    @Override
    boolean isContender(Item item, List<String> tags) {
        if (is(Bug.STRANGERS_CONTEND) && !item.isSequential()) {
            return tags.stream().anyMatch(tag -> item.path().name().contains(tag));
        }
        return super.isContender(item, tags);
    }

    @Override
    View back(List<Node> nodes, int limit) {
        return is(Bug.LIMIT_KEEPS_FARTHEST) ? front(nodes, limit) : super.back(nodes, limit);
    }
}
