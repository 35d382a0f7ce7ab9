package io.conclave.internal;

import io.conclave.Contender;
import io.conclave.Contenders;
import io.conclave.QueueView;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Shows the contenders of a path, and evicts one. */
final class ContenderList implements Contenders {
    private final ConclaveCore core;
    private final NodePath path;
    private final List<String> tags;

    ContenderList(ConclaveCore core, NodePath path) {
        this(core, path, QueueReader.ALL_TAGS);
    }

    ContenderList(ConclaveCore core, NodePath path, List<String> tags) {
        this.core = core;
        this.path = path;
        this.tags = tags;
    }

    @Override
    public QueueView view() throws InterruptedException {
        return view(nodes());
    }

    /** What people read of these nodes. */
    QueueView view(List<Node> nodes) throws InterruptedException {
        int epoch = core.currentEpoch();
        Session session = core.keeper().current();
        List<Contender> contenders = new ArrayList<>();
        QueueReader reader = new QueueReader(nodes);
        for (Node node : nodes) {
            Optional<QueueReader.Standing> standing = reader.next(node);
            if (standing.isEmpty()) {
                continue; // no contender
            }
            ContenderData data = ContenderData.read(node.data());
            contenders.add(new Contender(
                    data.owner(),
                    contenders.size(),
                    standing.get().kind(),
                    standing.get().holding(),
                    session != null && node.owner().equals(session.id()),
                    data.token().isPresent() ? data.token() : token(epoch, node),
                    data.since(),
                    node.name()));
        }
        return new QueueView(contenders);
    }

    /** All of them with their data. */
    List<Node> nodes() throws InterruptedException {
        Query query = new Query.Children(path, tags, Query.Bound.ALL, Integer.MAX_VALUE, true);
        return ((View.OfNodes) core.plainNodes().read("contenders", query, ReadLevel.LINEARIZABLE)).nodes();
    }

    private static OptionalLong token(int epoch, Node node) {
        return node.createdRevision().isPresent()
                ? OptionalLong.of(FencingTokens.of(epoch, node.createdRevision().getAsLong()))
                : OptionalLong.empty();
    }

    @Override
    public boolean evict(long fencingToken) throws InterruptedException {
        if (fencingToken <= 0) {
            throw new IllegalArgumentException("fencing token " + fencingToken + " is not positive");
        }
        int epoch = core.currentEpoch();
        boolean evicted = false;
        for (Node node : nodes()) {
            OptionalLong shared = ContenderData.read(node.data()).token();
            if ((shared.isPresent() ? shared : token(epoch, node)).equals(OptionalLong.of(fencingToken))) {
                Guard guard = Guard.present(node.path(), node.createdRevision().getAsLong());
                evicted |= core.plainNodes().commit(parts -> parts.guard(guard).write(Write.delete(node.path())))
                        instanceof CommitResult.Applied;
            }
        }
        return evicted;
    }
}
