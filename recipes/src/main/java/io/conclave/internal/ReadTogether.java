package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import java.util.List;
import java.util.Optional;

/** Several nodes in one read, which shows one state where the backend has the capability {@code snapshotRead}. */
public final class ReadTogether {
    private ReadTogether() {}

    /** The nodes, with everything that was committed before. Waits at most the call time-out; refused in callbacks. */
    public static List<Optional<Node>> nodes(Conclave conclave, List<NodePath> paths) throws InterruptedException {
        List<Query> queries =
                paths.stream().map(path -> (Query) Query.get(path)).toList();
        return ConclaveCore.of(conclave).plainNodes().readAll("a read", queries, ReadLevel.LINEARIZABLE).stream()
                .map(view -> ((View.OfNode) view).node())
                .toList();
    }
}
