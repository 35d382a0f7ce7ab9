package io.conclave.backend.inmemory;

import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A namespace as a directory of the one tree (rule R5): what goes in gets the directory put before its paths, what comes out has it taken away. Paths that get longer than any may be are refused with {@link
 * IllegalArgumentException}.
 */
final class Namespace {
    private final NodePath root;

    Namespace(NodePath root) {
        this.root = root;
    }

    NodePath root() {
        return root;
    }

    NodePath in(NodePath path) {
        return path.under(root);
    }

    private @Nullable NodePath inIfAny(@Nullable NodePath path) {
        return path == null ? null : in(path);
    }

    NodePath out(NodePath path) {
        if (root.isRoot()) {
            return path;
        }
        String rest = path.toString().substring(root.toString().length());
        return rest.isEmpty() ? NodePath.root() : NodePath.of(rest);
    }

    Command.Commit in(String sessionId, Commit commit, java.util.Set<io.conclave.spi.OpId> unsettled) {
        return new Command.Commit(
                sessionId, commit.opId(), each(commit.guards(), this::in), each(commit.writes(), this::in), unsettled);
    }

    List<Query> in(List<Query> queries) {
        return each(queries, this::in);
    }

    WatchSpec in(WatchSpec spec) {
        NodePath path = in(spec.target().path());
        WatchSpec.Target target = spec.target() instanceof WatchSpec.OfNode
                ? new WatchSpec.OfNode(path)
                : spec.target() instanceof WatchSpec.ChildrenOf
                        ? new WatchSpec.ChildrenOf(path)
                        : new WatchSpec.SubtreeOf(path);
        return new WatchSpec(target, spec.afterRevision(), spec.kinds());
    }

    List<Node> nodesOut(List<Node> nodes) {
        return each(nodes, this::out);
    }

    List<View> viewsOut(List<View> views) {
        return each(views, this::out);
    }

    private <T> List<T> each(List<T> values, UnaryOperator<T> change) {
        return root.isRoot() ? values : values.stream().map(change).toList();
    }

    private Guard in(Guard guard) {
        NodePath path = in(guard.path());
        if (guard instanceof Guard.Present present) {
            return new Guard.Present(path, present.createdRevision());
        }
        return guard instanceof Guard.VersionIs version
                ? new Guard.VersionIs(path, version.version())
                : new Guard.Absent(path);
    }

    private Write in(Write write) {
        NodePath place = in(write.place());
        if (write instanceof Write.CreateNamed create) {
            return new Write.CreateNamed(place, create.data(), create.mode());
        }
        if (write instanceof Write.CreateSequential create) {
            return new Write.CreateSequential(
                    place, create.tag(), create.data(), create.mode(), inIfAny(create.sameOrderAs()));
        }
        return write instanceof Write.Put put ? new Write.Put(place, put.data()) : new Write.Delete(place);
    }

    private Query in(Query query) {
        NodePath place = in(query.place());
        if (query instanceof Query.Children children) {
            return new Query.Children(place, children.tags(), children.bound(), children.limit(), children.withData());
        }
        return query instanceof Query.Subtree subtree
                ? new Query.Subtree(place, subtree.limit(), inIfAny(subtree.after()), subtree.depth())
                : new Query.Get(place);
    }

    private Node out(Node node) {
        return new Node(
                out(node.path()),
                node.sequence(),
                node.createdRevision(),
                node.modifiedRevision(),
                node.version(),
                node.owner(),
                node.data());
    }

    private View out(View view) {
        return view instanceof View.OfNode one
                ? new View.OfNode(one.node().map(this::out))
                : new View.OfNodes(nodesOut(((View.OfNodes) view).nodes()), ((View.OfNodes) view).more());
    }
}
