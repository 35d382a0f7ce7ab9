package io.conclave.backend.inmemory;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Answers queries from a tree, all from the same state. */
final class TreeReader {
    private static final String RESERVED = ".conclave";
    private static final NodePath RESERVED_AT_ROOT = NodePath.root().child(RESERVED);

    private final NodeTree tree;
    private final NodePath root;
    private final NodePath reserved;

    TreeReader(NodeTree tree) {
        this(tree, NodePath.root());
    }

    /** Reads in a namespace that begins at that directory of the tree. */
    TreeReader(NodeTree tree, NodePath root) {
        this.tree = tree;
        this.root = root;
        this.reserved = reservedBelow(root);
    }

    /** The directory that the backend keeps for its own use (rule N2), in a namespace that begins at {@code root}. */
    static NodePath reservedBelow(NodePath root) {
        return root.isRoot() ? RESERVED_AT_ROOT : RESERVED_AT_ROOT.under(root);
    }

    /** Answers the queries in order; {@code revision} and {@code made} are those of the commit that they follow, if any. */
    List<View> read(List<Query> queries, long revision, List<OpRecord.Made> made) {
        List<View> views = new ArrayList<>(queries.size());
        for (Query query : queries) {
            views.add(read(query, revision, made));
        }
        return views;
    }

    private View read(Query query, long revision, List<OpRecord.Made> made) {
        if (query instanceof Query.Get get) {
            TreeNode node = tree.find(get.path());
            return new View.OfNode(node == null ? Optional.empty() : Optional.of(node.toNode(false)));
        }
        if (query instanceof Query.Subtree subtree) {
            return subtree(subtree);
        }
        Query.Children children = (Query.Children) query;
        if (children.tags().isEmpty()) {
            return names(children);
        }
        return switch (children.bound()) {
            case ALL -> front(children, children.limit());
            case FIRST -> front(children, 1);
            case BEFORE_OWN_CREATE -> before(children, revision, made);
        };
    }

    private View front(Query.Children query, int limit) {
        List<Node> found = new ArrayList<>();
        boolean more = false;
        for (TreeNode node : tree.contendersOf(query.directory())) {
            if (!node.hasTag(query.tags())) {
                continue;
            }
            if (found.size() == limit) {
                more = query.bound() == Query.Bound.ALL;
                break;
            }
            found.add(present(node, query.withData(), true));
        }
        return new View.OfNodes(found, more);
    }

    /** Goes back from the own node's place, so the cost does not grow with the queue. On refusal nothing was made: everybody is ahead. */
    private View before(Query.Children query, long revision, List<OpRecord.Made> made) {
        List<Node> nearest = new ArrayList<>();
        boolean more = false;
        Iterator<TreeNode> backwards = ahead(query.directory(), revision, made);
        while (backwards.hasNext()) {
            TreeNode node = backwards.next();
            if (!node.hasTag(query.tags())) {
                continue;
            }
            if (nearest.size() == query.limit()) {
                more = true;
                break;
            }
            nearest.add(present(node, query.withData(), true));
        }
        Collections.reverse(nearest);
        return new View.OfNodes(nearest, more);
    }

    private Iterator<TreeNode> ahead(NodePath directory, long revision, List<OpRecord.Made> made) {
        for (OpRecord.Made own : made) {
            if (own.sequential() && own.path().parent().equals(directory)) {
                TreeNode place = TreeNode.placeOf(own.path(), own.number(), revision);
                return tree.contendersOf(directory).headSet(place, false).descendingIterator();
            }
        }
        return tree.contendersOf(directory).descendingIterator();
    }

    /** Direct children by name; what lies deeper is jumped over. */
    private View names(Query.Children query) {
        String prefix = NodeTree.prefixOf(query.directory());
        TreeSet<String> names = new TreeSet<>();
        String key = tree.nodes.ceilingKey(prefix);
        while (key != null && key.startsWith(prefix)) {
            int slash = key.indexOf('/', prefix.length());
            names.add(key.substring(prefix.length(), slash < 0 ? key.length() : slash));
            key = slash < 0 ? tree.nodes.higherKey(key) : tree.nodes.ceilingKey(key.substring(0, slash) + "0");
        }
        if (query.directory().equals(root)) {
            names.remove(RESERVED);
        }
        List<Node> found = new ArrayList<>();
        for (String name : names) {
            if (found.size() == query.limit()) {
                return new View.OfNodes(found, true);
            }
            NodePath path = query.directory().child(name);
            TreeNode node = tree.find(path);
            found.add(node == null ? Node.listed(path, OptionalLong.empty()) : present(node, query.withData(), false));
        }
        return new View.OfNodes(found, false);
    }

    private static Node present(TreeNode node, boolean withData, boolean byTag) {
        return withData ? node.toNode(byTag) : Node.listed(node.path, node.sequence(byTag));
    }

    private View subtree(Query.Subtree query) {
        String prefix = NodeTree.prefixOf(query.directory());
        String after = query.after() == null ? prefix : query.after().toString();
        String from = after.compareTo(prefix) < 0 ? prefix : after;
        boolean whole = query.directory().equals(root);
        List<Node> found = new ArrayList<>();
        for (TreeNode node : tree.nodes.tailMap(from, false).values()) {
            if (!node.path.toString().startsWith(prefix)) {
                break;
            }
            if (whole && node.path.startsWith(reserved)) {
                continue;
            }
            if (!query.reaches(node.path)) {
                continue;
            }
            if (found.size() == query.limit()) {
                return new View.OfNodes(found, true);
            }
            found.add(node.toNode(false));
        }
        return new View.OfNodes(found, false);
    }
}
