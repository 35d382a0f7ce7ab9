package io.conclave.tck;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The contract as a plain value: what one namespace holds, and what a commit does to it. No time, no threads, no faults. It is the
 * yardstick of the model check, so it is written to be obviously right and shares no code with any backend.
 *
 * <p>A commit works on a copy of the tree, which replaces the tree if nothing refuses. The place of a sequential node is the revision of
 * its commit, or the place of the node that it was put beside; among nodes of one place the created revision decides.
 *
 * <p>Not thread-safe. Open for subclasses that break one rule on purpose.
 */
class Model {
    /** One change, for watches. */
    record Change(long revision, Kind kind, NodePath path) {}

    /** What a commit is about to do. */
    static final class Draft {
        final SortedMap<NodePath, Item> items;
        final List<Node> created = new ArrayList<>();
        final List<Change> changes = new ArrayList<>();
        final Map<NodePath, Long> ownPlaces = new TreeMap<>();

        Draft(SortedMap<NodePath, Item> items) {
            this.items = items;
        }
    }

    private SortedMap<NodePath, Item> items = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private final Map<NodePath, Integer> numbers = new TreeMap<>();
    private long revision;

    Model(long firstRevision) {
        revision = firstRevision - 1;
    }

    final SortedMap<NodePath, Item> items() {
        return items;
    }

    final long revision() {
        return revision;
    }

    final List<Change> history() {
        return history;
    }

    final void setNumber(NodePath directory, int next) {
        numbers.put(directory, next);
    }

    /**
     * Judges and applies a commit.
     *
     * @throws InvalidRequestException if a write is against rules N6 or N9; nothing has changed then
     */
    CommitResult commit(String session, Commit commit) {
        int failed = failedGuard(commit.guards());
        if (failed >= 0) {
            return new CommitResult.Refused(failed, answer(commit.then(), Map.of()));
        }
        Draft draft = new Draft(new TreeMap<>(items));
        for (int i = 0; i < commit.writes().size(); i++) {
            if (!apply(draft, session, commit, commit.writes().get(i))) {
                return new CommitResult.Refused(commit.guards().size() + i, answer(commit.then(), Map.of()));
            }
        }
        install(draft);
        List<View> then = answer(commit.then(), draft.ownPlaces);
        return new CommitResult.Applied(OptionalLong.of(revision), draft.created, then);
    }

    final void install(Draft draft) {
        items = draft.items;
        history.addAll(draft.changes);
        revision = nextRevision();
    }

    /** Ends a session: all that it owns is gone at one revision. */
    void end(String session) {
        Draft draft = new Draft(new TreeMap<>(items));
        items.values().stream()
                .filter(item -> item.owner().equals(session))
                .forEach(item -> remove(draft, item.path()));
        if (!draft.changes.isEmpty()) {
            install(draft);
        }
    }

    long nextRevision() {
        return revision + 1;
    }

    int failedGuard(List<Guard> guards) {
        for (int i = 0; i < guards.size(); i++) {
            if (!holds(guards.get(i))) {
                return i;
            }
        }
        return -1;
    }

    boolean holds(Guard guard) {
        Item item = items.get(guard.path());
        if (guard instanceof Guard.Present present) {
            return item != null
                    && (present.createdRevision().isEmpty()
                            || present.createdRevision().getAsLong() == item.created());
        }
        if (guard instanceof Guard.VersionIs version) {
            return item != null && item.version() == version.version();
        }
        return item == null;
    }

    /** Does one write; false if it cannot be done. */
    boolean apply(Draft draft, String session, Commit commit, Write write) {
        if (write instanceof Write.CreateNamed create) {
            return create(draft, session, create);
        }
        if (write instanceof Write.CreateSequential create) {
            return createSequential(draft, session, commit, create);
        }
        if (write instanceof Write.Put put) {
            return put(draft, session, put);
        }
        NodePath path = ((Write.Delete) write).path();
        return draft.items.containsKey(path) && remove(draft, path);
    }

    boolean create(Draft draft, String session, Write.CreateNamed create) {
        requireNoEphemeralAbove(draft, create.path());
        if (draft.items.containsKey(create.path())) {
            return false;
        }
        String owner = create.mode().isEphemeral() ? session : "";
        insert(draft, new Item(create.path(), create.data(), nextRevision(), nextRevision(), 0, owner, "", 0, 0));
        return true;
    }

    boolean createSequential(Draft draft, String session, Commit commit, Write.CreateSequential create) {
        long place = nextRevision();
        NodePath beside = create.sameOrderAs();
        if (beside != null) {
            Item other = draft.items.get(beside);
            if (other == null) {
                return false;
            }
            place = other.place();
        }
        int number = numbers.merge(create.directory(), 1, Integer::sum) - 1;
        String name = "_c_" + commit.opId().toUuidText() + "-" + create.tag() + String.format("%010d", number);
        NodePath path = create.directory().child(name);
        requireNoEphemeralAbove(draft, path);
        String owner = create.mode().isEphemeral() ? session : "";
        insert(
                draft,
                new Item(path, create.data(), nextRevision(), nextRevision(), 0, owner, create.tag(), number, place));
        draft.ownPlaces.put(create.directory(), nextRevision());
        return true;
    }

    boolean put(Draft draft, String session, Write.Put put) {
        Item item = draft.items.get(put.path());
        if (item == null) {
            return false;
        }
        if (!item.owner().isEmpty() && !item.owner().equals(session)) {
            throw new InvalidRequestException("node " + put.path() + " belongs to another session (rule N6)");
        }
        draft.items.put(put.path(), item.withData(put.data(), nextRevision()));
        draft.changes.add(new Change(nextRevision(), Kind.CHANGED, put.path()));
        return true;
    }

    boolean remove(Draft draft, NodePath path) {
        draft.items.remove(path);
        draft.changes.add(new Change(nextRevision(), Kind.DELETED, path));
        return true;
    }

    final void insert(Draft draft, Item item) {
        draft.items.put(item.path(), item);
        draft.created.add(item.toNode());
        draft.changes.add(new Change(nextRevision(), Kind.CREATED, item.path()));
    }

    void requireNoEphemeralAbove(Draft draft, NodePath path) {
        for (NodePath above : path.ancestors()) {
            Item item = draft.items.get(above);
            if (item != null && !item.owner().isEmpty()) {
                throw new InvalidRequestException("ephemeral node " + above + " has no children (rule N9)");
            }
        }
    }

    final List<View> answer(List<Query> queries, Map<NodePath, Long> ownPlaces) {
        List<View> views = new ArrayList<>();
        for (Query query : queries) {
            views.add(reader().answer(query, ownPlaces));
        }
        return views;
    }

    ModelReader reader() {
        return new ModelReader(items);
    }

    final @Nullable Item item(NodePath path) {
        return items.get(path);
    }
}
