package io.conclave.internal;

import io.conclave.TokenEpoch;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Optional;

/** Shows and raises the namespace's epoch. */
final class EpochAdmin implements TokenEpoch {
    private static final int PAGE = 1_000;

    private final ConclaveCore core;

    EpochAdmin(ConclaveCore core) {
        this.core = core;
    }

    @Override
    public int current() throws InterruptedException {
        return node().map(node -> EpochKeeper.parse(node.data())).orElse(0);
    }

    private Optional<Node> node() throws InterruptedException {
        View view = core.plainNodes().read("epoch", Query.get(EpochKeeper.PATH), ReadLevel.LINEARIZABLE);
        return ((View.OfNode) view).node();
    }

    @Override
    public int raise() throws InterruptedException {
        Optional<Node> node = node();
        int next = node.map(found -> EpochKeeper.parse(found.data())).orElse(0) + 1;
        if (next > MAX) {
            throw new IllegalStateException("the largest epoch, " + MAX + ", is reached");
        }
        requireNoContenders();
        CommitResult result = core.plainNodes().commitAnywhere(parts -> {
            if (node.isPresent()) {
                parts.guard(Guard.versionIs(EpochKeeper.PATH, node.get().version()))
                        .write(Write.put(EpochKeeper.PATH, EpochKeeper.format(next)));
            } else {
                parts.write(Write.create(EpochKeeper.PATH, EpochKeeper.format(next), CreateMode.PERSISTENT));
            }
        });
        if (result instanceof CommitResult.Refused) {
            throw new IllegalStateException("somebody else changed the epoch at the same time");
        }
        return next;
    }

    private void requireNoContenders() throws InterruptedException {
        NodePath after = null;
        boolean more = true;
        while (more) {
            View view = core.plainNodes()
                    .read("epoch", new Query.Subtree(NodePath.root(), PAGE, after), ReadLevel.LINEARIZABLE);
            List<Node> nodes = ((View.OfNodes) view).nodes();
            for (Node node : nodes) {
                if (!node.owner().isEmpty() && node.sequence().isPresent()) {
                    throw new IllegalStateException("contenders exist, such as " + node.path()
                            + ": tokens of the old epoch could be in use; stop them first");
                }
                after = node.path();
            }
            more = ((View.OfNodes) view).more() && !nodes.isEmpty();
        }
    }
}
