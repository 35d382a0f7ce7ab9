package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Link.Content;
import io.conclave.spi.BackendException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * Walks a subtree in the order of the whole paths as text, which is not the order of a walk in depth: {@code /a-b} stands between {@code
 * /a} and {@code /a/b}. Every path is smaller than those below it, so the smallest path that is known and not yet told is the next one of
 * all. The smallest paths are asked for ahead: for their data, which tells whether they have children, and then for their names; what comes before the page and
 * holds nothing after its begin is not asked for at all.
 */
final class SubtreeWalk {
    private static final int AHEAD = 128;

    private final ReadBatch.Context context;
    private final Query.Subtree query;
    private final Consumer<View> done;
    private final Consumer<BackendException> failed;
    private final PriorityQueue<Visit> known = new PriorityQueue<>();
    private final TreeSet<Visit> unasked = new TreeSet<>();
    private final List<Node> page = new ArrayList<>();
    private int asked;
    private boolean over;

    SubtreeWalk(
            ReadBatch.Context context, Query.Subtree query, Consumer<View> done, Consumer<BackendException> failed) {
        this.context = context;
        this.query = query;
        this.done = done;
        this.failed = failed;
    }

    private static final class Visit implements Comparable<Visit> {
        final NodePath path;

        @Nullable
        Content content;

        boolean open;

        Visit(NodePath path) {
            this.path = path;
        }

        @Override
        public int compareTo(Visit other) {
            return path.compareTo(other.path);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Visit that && path.equals(that.path);
        }

        @Override
        public int hashCode() {
            return path.hashCode();
        }
    }

    void start() {
        discover(query.directory());
        pump();
    }

    private void discover(NodePath path) {
        if (context.layout().isHidden(path) && !context.layout().isHidden(query.directory())) {
            return;
        }
        if (isTold(path) && !mayHoldLater(path)) {
            return;
        }
        Visit visit = new Visit(path);
        known.add(visit);
        unasked.add(visit);
    }

    private void pump() {
        while (!over && tellNext()) {
            // as long as the smallest is there
        }
        while (!over && asked < AHEAD && !unasked.isEmpty()) {
            Visit next = unasked.pollFirst();
            if (next != null) {
                ask(next);
            }
        }
    }

    private boolean tellNext() {
        Visit smallest = known.peek();
        if (smallest == null) {
            finish(false);
            return false;
        }
        if (unasked.contains(smallest) || smallest.open) {
            return false;
        }
        known.remove();
        tell(smallest);
        return true;
    }

    private void tell(Visit visit) {
        if (isTold(visit.path)) {
            return;
        }
        Node node = ReadBatch.node(context, visit.path, visit.content);
        if (node == null) {
            return;
        }
        if (page.size() == query.limit()) {
            finish(true);
        } else {
            page.add(node);
        }
    }

    private void finish(boolean more) {
        over = true;
        done.accept(new View.OfNodes(page, more));
    }

    private void ask(Visit visit) {
        asked++;
        visit.open = true;
        if (isTold(visit.path)) {
            askForChildren(visit);
            return;
        }
        context.link().getData(context.layout().real(visit.path), false, (code, content) -> {
            visit.content = content;
            if (!over && content != null && content.stat().getNumChildren() > 0 && isAboveTheDepth(visit.path)) {
                askForChildren(visit);
            } else {
                answered(visit, code);
            }
        });
    }

    private void askForChildren(Visit visit) {
        context.link().getChildren(context.layout().real(visit.path), (code, names) -> {
            if (names != null) {
                for (String name : names) {
                    Optional<NodePath> child = context.layout().visibleChild(visit.path, name);
                    child.ifPresent(this::discover);
                }
            }
            answered(visit, code);
        });
    }

    /** True for what is not part of the page: the directory itself, and what comes before. */
    private boolean isTold(NodePath path) {
        NodePath after = query.after();
        return path.equals(query.directory()) || (after != null && path.compareTo(after) <= 0);
    }

    private boolean isAboveTheDepth(NodePath path) {
        return path.levelsBelow(query.directory()) < query.depth();
    }

    /** False if everything below the path comes before the page. */
    private boolean mayHoldLater(NodePath path) {
        if (query.after() == null || path.equals(query.directory())) {
            return true;
        }
        if (!isAboveTheDepth(path)) {
            return false;
        }
        String below = path + "/";
        String after = query.after().toString();
        return after.startsWith(below) || below.compareTo(after) > 0;
    }

    private void answered(Visit visit, Code code) {
        if (over) {
            return;
        }
        if (code != Code.OK && code != Code.NONODE) {
            over = true;
            failed.accept(ReadBatch.failure(code));
            return;
        }
        visit.open = false;
        asked--;
        pump();
    }
}
