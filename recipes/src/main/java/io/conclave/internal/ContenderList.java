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
import java.util.OptionalLong;

/** Shows the contenders of a path, and evicts one. */
final class ContenderList implements Contenders {
    private static final List<String> ALL_TAGS = List.of("lock-", "__lock__", "latch-");

    private final ConclaveCore core;
    private final NodePath path;
    private final List<String> tags;

    ContenderList(ConclaveCore core, NodePath path) {
        this(core, path, ALL_TAGS);
    }

    ContenderList(ConclaveCore core, NodePath path, List<String> tags) {
        this.core = core;
        this.path = path;
        this.tags = tags;
    }

    @Override
    public QueueView view() throws InterruptedException {
        int epoch = core.currentEpoch();
        Session session = core.keeper().current();
        List<Contender> contenders = new ArrayList<>();
        for (Node node : nodes()) {
            ContenderData data = ContenderData.read(node.data());
            boolean own = session != null && node.owner().equals(session.id());
            contenders.add(
                    new Contender(data.owner(), contenders.size(), own, token(epoch, node), data.since(), node.name()));
        }
        return new QueueView(contenders);
    }

    private List<Node> nodes() throws InterruptedException {
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
        for (Node node : nodes()) {
            if (token(epoch, node).equals(OptionalLong.of(fencingToken))) {
                Guard guard = Guard.present(node.path(), node.createdRevision().getAsLong());
                return core.plainNodes().commit(parts -> parts.guard(guard).write(Write.delete(node.path())))
                        instanceof CommitResult.Applied;
            }
        }
        return false;
    }
}
