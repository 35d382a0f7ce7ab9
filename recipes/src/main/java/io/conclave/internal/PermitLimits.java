package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.OutcomeUnknownException;
import io.conclave.QueueView;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Optional;

/**
 * The limit of a semaphore: a node with its number in the name, replaced in one commit by each resize, so that a listing before it shows the old one and one after it the
 * new one. The largest number ever is kept in the name, too.
 */
public final class PermitLimits {
    private static final int TRIES_MAX = 100;

    private final ConclaveCore core;
    private final NodePath path;

    /** The limit of the semaphore on this path. */
    public PermitLimits(Conclave conclave, String path) {
        this.core = ConclaveCore.of(conclave);
        this.path = ConclaveCore.requireUserPath(path);
    }

    /** The path. */
    public NodePath path() {
        return path;
    }

    /**
     * A moment of a semaphore.
     *
     * @param names what its nodes' names say
     * @param view what people read
     */
    public record State(PermitNames names, QueueView view) {}

    /** What the store holds now. */
    public State state() throws InterruptedException {
        ContenderList list = new ContenderList(core, path, PermitNames.TAGS);
        List<Node> nodes = list.nodes();
        return new State(PermitNames.of(nodes), list.view(nodes));
    }

    /**
     * Sets how many permits there are.
     *
     * @throws OutcomeUnknownException if it may have been set, or not
     */
    public void set(int permits, int declared) throws InterruptedException {
        Query all = Query.contenders(path, PermitNames.TAGS);
        for (int i = 0; i < TRIES_MAX; i++) {
            View.OfNodes view = (View.OfNodes) core.plainNodes().read("resize", all, ReadLevel.LINEARIZABLE);
            List<Node> nodes = view.nodes();
            PermitNames names = PermitNames.of(nodes);
            Optional<PermitNames.Limit> before = names.limit();
            if (before.isPresent() && before.get().permits() == permits) {
                return;
            }
            if (replace(nodes, PermitNames.limitTag(permits, most(names, permits, declared)))) {
                return;
            }
        }
        throw new UnavailableException("others resized " + path + " " + TRIES_MAX + " times in between");
    }

    private static int most(PermitNames names, int permits, int declared) {
        int most = Math.max(permits, declared);
        for (PermitNames.Claim claim : names.contenders()) {
            most = Math.max(most, claim.declared());
        }
        return Math.max(most, names.limit().map(PermitNames.Limit::most).orElse(0));
    }

    private boolean replace(List<Node> nodes, String tag) throws InterruptedException {
        List<Node> old =
                nodes.stream().filter(node -> PermitNames.isLimit(node.name())).toList();
        return core.plainNodes().commitAnywhere(parts -> {
                    old.forEach(node -> parts.guard(Guard.present(node.path())));
                    parts.write(Write.createSequential(path, tag, Payload.empty(), CreateMode.PERSISTENT_SEQUENTIAL));
                    old.forEach(node -> parts.write(Write.delete(node.path())));
                })
                instanceof CommitResult.Applied;
    }
}
