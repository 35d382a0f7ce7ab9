package io.conclave.backend.zookeeper;

import io.conclave.spi.NodePath;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.jspecify.annotations.Nullable;

/**
 * Makes implicit directories when a create has found its parent missing. One transaction tries to make all of them; where it meets one that
 * exists, the next begins below it. A directory that others remove meanwhile starts it over.
 */
final class Directories {
    /** Hears whether the directories are there. */
    interface Done {
        /** NOCHILDRENFOREPHEMERALS if there is an ephemeral node above. */
        void on(Code code);
    }

    private static final int ROUNDS_MAX = 64;

    private final Link link;
    private final Layout layout;

    Directories(Link link, Layout layout) {
        this.link = link;
        this.layout = layout;
    }

    /** Makes the directory and all above it; as a container if sequential ephemeral nodes will stand in it. */
    void ensure(NodePath directory, boolean container, Done done) {
        List<String> chain = layout.realChain(directory);
        boolean asContainer = container && !directory.isRoot();
        int first = Math.min(layout.namespaceDepth(), Math.max(0, chain.size() - 1));
        round(new Round(chain, asContainer, done), first, 0);
    }

    private record Round(List<String> chain, boolean container, Done done) {}

    private void round(Round round, int first, int count) {
        List<String> chain = round.chain();
        if (first >= chain.size()) {
            round.done().on(Code.OK);
            return;
        }
        if (count >= ROUNDS_MAX) {
            round.done().on(Code.APIERROR);
            return;
        }
        List<Op> operations = new ArrayList<>();
        for (int i = first; i < chain.size(); i++) {
            boolean container = round.container() && i == chain.size() - 1;
            operations.add(
                    container
                            ? Op.create(chain.get(i), NodeData.container(), link.acl(), CreateMode.CONTAINER)
                            : Op.create(chain.get(i), NodeData.NONE, link.acl(), CreateMode.PERSISTENT));
        }
        link.multi(operations, (code, results) -> {
            int failed = firstFailure(results);
            switch (code) {
                case NODEEXISTS -> round(round, first + failed + 1, count + 1);
                case NONODE -> round(round, 0, count + 1);
                default -> round.done().on(code);
            }
        });
    }

    /** The index of the operation at which a transaction failed. */
    static int firstFailure(@Nullable List<OpResult> results) {
        if (results != null) {
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i) instanceof OpResult.ErrorResult error && error.getErr() != Code.OK.intValue()) {
                    return i;
                }
            }
        }
        return 0;
    }
}
