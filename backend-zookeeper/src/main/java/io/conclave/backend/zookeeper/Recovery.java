package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Link.Content;
import io.conclave.spi.Commit;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Rebuilds the result of a commit that was applied and whose answer was lost: the revision is the slot's last transaction, sequential nodes are
 * found by the operation's id in their names, and the others stand where the commit put them.
 */
final class Recovery {
    /** Hears the end. */
    interface Done {
        /** With the code OK, what the slot says and the nodes made. */
        void on(Code code, @Nullable Content slot, List<Node> created);
    }

    private final Commits home;
    private final Commit commit;
    private final Slots.Slot slot;
    private final Done done;
    private final List<Write> creates = new ArrayList<>();
    private final List<String> found = new ArrayList<>();
    private final Map<NodePath, Stat> stats = new HashMap<>();
    private @Nullable Content content;
    private Code worst = Code.OK;
    private int open = 1;

    Recovery(Commits home, Commit commit, Slots.Slot slot, Done done) {
        this.home = home;
        this.commit = commit;
        this.slot = slot;
        this.done = done;
    }

    void start() {
        home.link().getData(slot.path, false, (code, read) -> {
            content = read;
            closeOne(code);
        });
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateNamed create) {
                creates.add(write);
                found.add("");
                look(create);
            } else if (write instanceof Write.CreateSequential create) {
                creates.add(write);
                found.add("");
                find(create, found.size() - 1);
            }
        }
    }

    private void look(Write.CreateNamed create) {
        open++;
        home.link().exists(home.layout().real(create.path()), (code, stat) -> {
            if (stat != null) {
                stats.put(create.path(), stat);
            }
            closeOne(code == Code.NONODE ? Code.OK : code);
        });
    }

    private void find(Write.CreateSequential create, int index) {
        String stem = Names.stem(commit.opId(), create.tag());
        open++;
        home.link().getChildren(home.layout().real(create.directory()), (code, names) -> {
            found.set(index, named(stem, create.tag(), names));
            closeOne(code == Code.NONODE ? Code.OK : code);
        });
    }

    /** The node in the listing that has this stem and a number; empty if there is none. */
    static String named(String stem, String tag, @Nullable List<String> names) {
        return (names == null ? List.<String>of() : names)
                .stream()
                        .filter(name -> name.startsWith(stem)
                                && Names.sequence(name, tag).isPresent())
                        .findFirst()
                        .orElse("");
    }

    private void closeOne(Code code) {
        if (code != Code.OK) {
            worst = code;
        }
        if (--open > 0) {
            return;
        }
        Content read = content;
        done.on(
                worst,
                read,
                worst == Code.OK && read != null ? nodes(read.stat().getMzxid()) : List.of());
    }

    private List<Node> nodes(long revision) {
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < creates.size(); i++) {
            if (creates.get(i) instanceof Write.CreateNamed create) {
                nodes.add(Creations.named(home, create, version(create, revision), revision));
            } else if (creates.get(i) instanceof Write.CreateSequential create) {
                nodes.add(
                        found.get(i).isEmpty()
                                ? gone(create, revision)
                                : Creations.sequential(home, create, found.get(i), revision));
            }
        }
        return nodes;
    }

    /** A directory that was turned into a node keeps its version; so what others have put since hides it. */
    private long version(Write.CreateNamed create, long revision) {
        Stat stat = stats.get(create.path());
        if (stat != null && stat.getMzxid() == revision) {
            return stat.getVersion();
        }
        return stat != null && stat.getCzxid() == revision ? 0 : Node.UNKNOWN_VERSION;
    }

    /** Its number is gone with it, unless it shared another node's. */
    private Node gone(Write.CreateSequential create, long revision) {
        String stem = Names.stem(commit.opId(), create.tag());
        NodePath same = create.sameOrderAs();
        OptionalInt place = same == null ? OptionalInt.empty() : Names.ownSequence(same.name());
        return place.isPresent()
                ? Creations.sequential(home, create, Names.numbered(stem, place.getAsInt()), revision)
                : Creations.gone(home, create, stem, revision);
    }
}
