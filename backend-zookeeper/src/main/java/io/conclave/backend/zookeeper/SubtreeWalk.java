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
 * all. Data and children of the smallest paths are asked for ahead.
 */
final class SubtreeWalk {
    private static final int AHEAD = 32;

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

        int open;

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
        if (unasked.contains(smallest) || smallest.open > 0) {
            return false;
        }
        known.remove();
        tell(smallest);
        return true;
    }

    private void tell(Visit visit) {
        NodePath after = query.after();
        if (visit.path.equals(query.directory()) || (after != null && visit.path.compareTo(after) <= 0)) {
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
        String real = context.layout().real(visit.path);
        boolean descend = mayHoldLater(visit.path);
        visit.open = descend ? 2 : 1;
        context.link().getData(real, false, (code, content) -> {
            visit.content = content;
            answered(visit, code);
        });
        if (descend) {
            context.link().getChildren(real, (code, names) -> {
                if (names != null) {
                    for (String name : names) {
                        Optional<NodePath> child = context.layout().visibleChild(visit.path, name);
                        child.ifPresent(this::discover);
                    }
                }
                answered(visit, code);
            });
        }
    }

    /** False if everything below the path comes before the page. */
    private boolean mayHoldLater(NodePath path) {
        if (query.after() == null || path.isRoot()) {
            return true;
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
        if (--visit.open == 0) {
            asked--;
        }
        pump();
    }
}
