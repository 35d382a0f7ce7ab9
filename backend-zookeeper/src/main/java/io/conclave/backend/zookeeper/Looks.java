package io.conclave.backend.zookeeper;

import io.conclave.spi.NodePath;
import io.conclave.spi.support.BoundedMemory;
import java.util.HashMap;
import java.util.Map;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * Looks at paths whose data has changed, to tell nodes from implicit directories. One look at a time for each path; what came while it was
 * under way is covered by one more.
 */
final class Looks {
    /** Hears what a look after a change has found. */
    interface Listener {
        /** A node; {@code before} says whether the look before saw one, null if there was none. */
        void foundNode(String real, NodePath path, @Nullable Boolean before, long at);

        /** Only a directory: if there was a node, it is gone. */
        void foundDirectory(String real, NodePath path, long at);
    }

    private static final int KNOWN_MAX = 10_000;

    private static final class Look {
        boolean again;
        boolean afterChange;
    }

    private final Link link;
    private final Layout layout;
    private final Listener listener;
    private final Map<String, Look> running = new HashMap<>();
    /** Whether a node was seen at a path when it was looked at last. */
    private final Map<String, Boolean> nodes = BoundedMemory.of(KNOWN_MAX);

    Looks(Link link, Layout layout, Listener listener) {
        this.link = link;
        this.layout = layout;
        this.listener = listener;
    }

    /** Looks; the listener hears only of looks after a change, the others are remembered for those to come. */
    void look(NodePath path, boolean afterChange) {
        String real = layout.real(path);
        Look look = running.get(real);
        if (look != null) {
            look.again = true;
            look.afterChange |= afterChange;
            return;
        }
        look = new Look();
        look.afterChange = afterChange;
        running.put(real, look);
        lookNow(real, path, look);
    }

    /** Nothing is at the path now. */
    void forget(String real) {
        nodes.remove(real);
    }

    /** Events were missed. */
    void forgetAll() {
        nodes.clear();
    }

    private void lookNow(String real, NodePath path, Look look) {
        Fact.read(link, real, (code, fact) -> {
            if (look.again && !Errors.isLost(code)) {
                look.again = false;
                lookNow(real, path, look);
                return;
            }
            running.remove(real);
            if (code != Code.OK) {
                nodes.remove(real);
                return;
            }
            Boolean before = nodes.put(real, fact.isNode());
            if (look.afterChange && fact.isDirectory()) {
                listener.foundDirectory(real, path, fact.changedZxid());
            } else if (look.afterChange) {
                listener.foundNode(real, path, before, fact.changedZxid());
            }
        });
    }
}
