package io.conclave.tck;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The model with one bug in what it writes. */
final class BuggyModel extends Model {
    private final Bug bug;

    BuggyModel(Bug bug, long firstRevision) {
        super(firstRevision);
        this.bug = bug;
    }

    private boolean is(Bug other) {
        return bug == other;
    }

    @Override
    ModelReader reader() {
        return new BuggyReader(bug, items());
    }

    @Override
    CommitResult commit(String session, Commit commit) {
        List<View> before = is(Bug.READS_BEFORE_WRITES) ? answer(commit.then(), Map.of()) : List.of();
        CommitResult result = super.commit(session, commit);
        if (result instanceof CommitResult.Refused refused) {
            return refused(session, commit, refused);
        }
        CommitResult.Applied applied = (CommitResult.Applied) result;
        List<View> then = is(Bug.READS_BEFORE_WRITES) ? before : applied.then();
        List<Node> created = new ArrayList<>(applied.created());
        if (is(Bug.CREATED_REVERSED) && created.size() > 2) {
            Collections.reverse(created);
        }
        boolean repeats = is(Bug.REVISION_REPEATS) && created.isEmpty();
        OptionalLong revision = repeats ? OptionalLong.of(revision() - 1) : applied.revision();
        return new CommitResult.Applied(revision, created, then);
    }

    private CommitResult refused(String session, Commit commit, CommitResult.Refused refused) {
        int write = refused.index() - commit.guards().size();
        if (is(Bug.WRITE_INDEX_WITHOUT_GUARDS) && write >= 0) {
            return new CommitResult.Refused(write, refused.then());
        }
        boolean sequential = write >= 0 && commit.writes().get(write) instanceof Write.CreateSequential;
        if (is(Bug.PARTIAL_COMMIT) && write > 0 && !sequential) {
            Draft draft = new Draft(new TreeMap<>(items()));
            commit.writes().subList(0, write).forEach(done -> apply(draft, session, commit, done));
            install(draft);
        }
        return refused;
    }

    @Override
    int failedGuard(List<Guard> guards) {
        List<Guard> judged = is(Bug.THIRD_GUARD_IGNORED) ? guards.subList(0, Math.min(2, guards.size())) : guards;
        if (is(Bug.LAST_GUARD_NAMED)) {
            for (int i = judged.size() - 1; i >= 0; i--) {
                if (!holds(judged.get(i))) {
                    return i;
                }
            }
        }
        return super.failedGuard(judged);
    }

    @Override
    boolean holds(Guard guard) {
        if (guard instanceof Guard.Present present) {
            if (is(Bug.DIRECTORY_GUARD_PRESENT) && hasChildren(guard.path())) {
                return true;
            }
            Item item = item(guard.path());
            if (is(Bug.GUARD_AT_LEAST)
                    && item != null
                    && present.createdRevision().isPresent()) {
                return item.created() >= present.createdRevision().getAsLong();
            }
        }
        return super.holds(guard);
    }

    private boolean hasChildren(NodePath path) {
        return items().keySet().stream().anyMatch(other -> other.startsWith(path) && !other.equals(path));
    }

    @Override
    boolean apply(Draft draft, String session, Commit commit, Write write) {
        boolean single = commit.writes().size() == 1;
        if (write instanceof Write.Put put && !draft.items.containsKey(put.path())) {
            if (is(Bug.PUT_CREATES) && single && !hasChildren(put.path())) {
                insert(draft, new Item(put.path(), put.data(), nextRevision(), nextRevision(), 0, "", "", 0, 0));
                return true;
            }
        }
        if (write instanceof Write.Delete delete && !draft.items.containsKey(delete.path())) {
            if (is(Bug.DELETE_OF_NOTHING) && single && !hasChildren(delete.path())) {
                return true;
            }
        }
        return super.apply(draft, session, commit, write);
    }

    @Override
    boolean create(Draft draft, String session, Write.CreateNamed create) {
        if (is(Bug.CASE_INSENSITIVE)) {
            String text = create.path().toString();
            if (draft.items.keySet().stream().anyMatch(other -> other.toString().equalsIgnoreCase(text))) {
                return false;
            }
        }
        if (is(Bug.DIRECTORY_BLOCKS_CREATE) && hasChildren(create.path())) {
            return false;
        }
        if (is(Bug.VALUE_REMOVES_CONTENDERS)) {
            List<NodePath> contenders = draft.items.values().stream()
                    .filter(item -> item.isSequential() && item.path().parent().equals(create.path()))
                    .map(Item::path)
                    .toList();
            contenders.forEach(path -> remove(draft, path));
        }
        return super.create(draft, session, create);
    }

    @Override
    boolean createSequential(Draft draft, String session, Commit commit, Write.CreateSequential create) {
        NodePath beside = create.sameOrderAs();
        boolean drop = beside != null
                && ((is(Bug.SAME_ORDER_IGNORED) && draft.items.containsKey(beside))
                        || (is(Bug.SAME_ORDER_AS_NOTHING) && !draft.items.containsKey(beside)));
        Write.CreateSequential asked = drop
                ? new Write.CreateSequential(create.directory(), create.tag(), create.data(), create.mode(), null)
                : create;
        boolean second = !draft.ownPlaces.isEmpty();
        if (!super.createSequential(draft, session, commit, asked)) {
            return false;
        }
        Node made = draft.created.remove(draft.created.size() - 1);
        Item item = draft.items.remove(made.path());
        draft.changes.remove(draft.changes.size() - 1);
        NodePath path = item.path();
        if (is(Bug.NAMES_WITHOUT_ID)) {
            path = path.parent().child(path.name().replace(commit.opId().toUuidText(), "client"));
        }
        String tag = is(Bug.SECOND_CONTENDER_HIDDEN) && second ? "hidden-" : item.tag();
        insert(
                draft,
                new Item(
                        path,
                        item.data(),
                        item.created(),
                        item.modified(),
                        0,
                        item.owner(),
                        tag,
                        item.number(),
                        item.place()));
        return true;
    }

    @Override
    boolean put(Draft draft, String session, Write.Put put) {
        Item item = draft.items.get(put.path());
        if (item != null && is(Bug.EMPTY_PUT_IGNORED) && put.data().isEmpty()) {
            return true;
        }
        if (item != null && is(Bug.VERSION_STANDS_STILL) && put.data().equals(item.data())) {
            draft.changes.add(new Change(nextRevision(), WatchSpec.Kind.CHANGED, put.path()));
            return true;
        }
        String as = is(Bug.FOREIGN_PUT) && item != null ? item.owner() : session;
        return super.put(draft, as, put);
    }

    @Override
    boolean remove(Draft draft, NodePath path) {
        if (is(Bug.DELETE_TAKES_CHILDREN)) {
            List<NodePath> below = draft.items.keySet().stream()
                    .filter(other -> other.startsWith(path) && !other.equals(path))
                    .toList();
            below.forEach(other -> super.remove(draft, other));
        }
        return super.remove(draft, path);
    }

    @Override
    void requireNoEphemeralAbove(Draft draft, NodePath path) {
        if (!is(Bug.CHILDREN_OF_EPHEMERALS)) {
            super.requireNoEphemeralAbove(draft, path);
        }
    }
}
