package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Fact.Kind;
import io.conclave.backend.zookeeper.Plan.Meaning;
import io.conclave.backend.zookeeper.Plan.Step;
import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Write;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.data.ACL;
import org.jspecify.annotations.Nullable;

/**
 * Puts one commit together as a transaction. ZooKeeper knows no implicit directories, so what an operation must be depends on what stands at
 * its path. Beliefs about that ({@link Fact}) come from earlier reads, or are guesses (a node to be made is absent); every one is checked by the
 * transaction itself, which fails with {@link Meaning#STALE} where a belief was wrong.
 *
 * <p>Operations stand in the order of the conditions, so the first that fails names the first condition that does not hold. A condition that is
 * believed false ends the plan: the belief is checked, and then a check that always fails ends the transaction, so that a refusal is told
 * only of a state in which all conditions before it held and this one did not.
 *
 * <p>The writes of one commit see each other: {@code state} overlays the beliefs with what the operations so far make of them.
 */
final class Planner {
    /** What the session knows of its own nodes and of versions. */
    interface Knowledge {
        /** The revision at which this session made that ephemeral sequential node; 0 if it is not one of its own. */
        long ownContender(NodePath path);

        /** Whether this session has made an ephemeral node with that name, and has not removed it. */
        boolean hasMadeEphemeral(NodePath path);

        /** Whether this session has read, or made, a node with data at that version. */
        boolean hasSeen(NodePath path, long version);
    }

    private final Commit commit;
    private final Map<NodePath, Fact> facts;
    private final Knowledge knowledge;
    private final Layout layout;
    private final List<ACL> acl;
    private final long sessionId;
    private final Map<NodePath, Fact> state = new HashMap<>();
    private final Plan plan = new Plan();
    private boolean ended;
    private int condition;

    Planner(
            Commit commit,
            Map<NodePath, Fact> facts,
            Knowledge knowledge,
            Layout layout,
            List<ACL> acl,
            long sessionId) {
        this.commit = commit;
        this.facts = facts;
        this.knowledge = knowledge;
        this.layout = layout;
        this.acl = acl;
        this.sessionId = sessionId;
    }

    Plan plan() {
        for (Guard guard : commit.guards()) {
            if (!ended) {
                guard(guard);
            }
            condition++;
        }
        for (Write write : commit.writes()) {
            if (!ended) {
                write(write);
            }
            condition++;
        }
        return plan;
    }

    // ---- guards

    private void guard(Guard guard) {
        if (guard.path().isRoot()) {
            if (!(guard instanceof Guard.Absent)) {
                end(guard.path(), Meaning.REFUSED, null);
            }
        } else if (guard instanceof Guard.Present present) {
            present(present);
        } else if (guard instanceof Guard.Absent absent) {
            absent(absent.path());
        } else if (guard instanceof Guard.VersionIs versionIs) {
            versionIs(versionIs.path(), versionIs.version());
        }
    }

    private void present(Guard.Present guard) {
        NodePath path = guard.path();
        long own = knowledge.ownContender(path);
        if (own != 0) {
            requirePresent(path, -1);
            refuseIfMadeElsewhen(guard, own);
            return;
        }
        Fact fact = need(path);
        if (fact == null) {
            return;
        }
        if (!fact.isNode()) {
            refuseNoNode(path, fact);
            return;
        }
        if (guard.createdRevision().isPresent() && fact.createdZxid() == 0) {
            plan.needs.add(path);
            return;
        }
        requirePresent(path, isSequentialEphemeral(path, fact) ? -1 : fact.version());
        refuseIfMadeElsewhen(guard, fact.createdZxid());
    }

    private void refuseIfMadeElsewhen(Guard.Present guard, long created) {
        if (guard.createdRevision().isPresent() && guard.createdRevision().getAsLong() != created) {
            end(guard.path(), Meaning.REFUSED, null);
        }
    }

    /** Nothing is there if it can be made: it is, with the directories above that are missing too, and all of it is removed again. */
    private void absent(NodePath path) {
        Fact fact = facts.getOrDefault(path, Fact.ABSENT);
        if (fact.kind() != Kind.ABSENT) {
            check(path, fact.version(), Meaning.STALE, Meaning.STALE);
            if (fact.isNode()) {
                end(path, Meaning.REFUSED, null);
            }
            return;
        }
        Deque<NodePath> made = new ArrayDeque<>();
        for (NodePath above : path.ancestors()) {
            Fact found = facts.get(above);
            if (found != null && found.kind() == Kind.EPHEMERAL) {
                add(Op.check(layout.real(above), -1), path, Meaning.STALE, Meaning.STALE, Meaning.STALE, 0);
                return;
            } else if (found != null && found.kind() == Kind.ABSENT) {
                made.push(above);
            }
        }
        made.push(path);
        made.descendingIterator().forEachRemaining(one -> {
            Op create = Op.create(layout.real(one), NodeData.NONE, acl, CreateMode.PERSISTENT);
            add(create, path, Meaning.STALE, Meaning.STALE, Meaning.STALE, 0);
        });
        for (NodePath one : made) {
            add(Op.delete(layout.real(one), -1), path, Meaning.STALE, Meaning.STALE, Meaning.STALE, 0);
        }
    }

    private void versionIs(NodePath path, long version) {
        boolean unread = !facts.containsKey(path); // what was read says more, such as how many children there are
        if (unread && version <= Integer.MAX_VALUE && knowledge.hasSeen(path, version)) {
            check(path, (int) version, Meaning.REFUSED, Meaning.REFUSED);
            state.put(path, Fact.explicit((int) version));
            return;
        }
        if (unread && version == 0 && knowledge.hasMadeEphemeral(path)) {
            check(path, 0, Meaning.REFUSED, Meaning.REFUSED);
            state.put(path, Fact.made(Kind.EPHEMERAL, 0, sessionId));
            return;
        }
        Fact fact = need(path);
        if (fact == null) {
            return;
        }
        if (!fact.isNode()) {
            refuseNoNode(path, fact);
        } else if (fact.version() == version) {
            check(path, fact.version(), Meaning.REFUSED, Meaning.REFUSED);
        } else {
            check(path, fact.version(), Meaning.REFUSED, Meaning.STALE);
            end(path, Meaning.REFUSED, null);
        }
    }

    // ---- writes

    private void write(Write write) {
        if (write instanceof Write.CreateNamed create) {
            createNamed(create);
        } else if (write instanceof Write.CreateSequential create) {
            createSequential(create);
        } else if (write instanceof Write.Put put) {
            put(put);
        } else if (write instanceof Write.Delete delete) {
            delete(delete.path());
        }
    }

    private void createNamed(Write.CreateNamed create) {
        NodePath path = create.path();
        boolean ownDoing = state.containsKey(path);
        Fact fact = ownDoing ? state.getOrDefault(path, Fact.ABSENT) : facts.getOrDefault(path, Fact.ABSENT);
        boolean ephemeral = create.mode().isEphemeral();
        byte[] data = ephemeral ? create.data().toByteArray() : NodeData.encode(create.data());
        Kind kind = ephemeral ? Kind.EPHEMERAL : Kind.EXPLICIT;
        if (fact.isDirectory()) {
            if (fact.kind() == Kind.CONTAINER) {
                refuse(
                        path,
                        fact.version(),
                        Meaning.INVALID,
                        path
                                + " is a directory of ephemeral sequential nodes, which takes no value of its own"
                                + " (rule N11)");
                return;
            }
            if (!ephemeral) {
                setData(path, data, fact.version(), Meaning.STALE);
                created(create, kind, null);
                become(path, fact.turned(Kind.EXPLICIT, fact.version() + 1));
                plan.versions.add(new Plan.NewVersion(path, fact.version() + 1));
                return;
            }
            if (fact.children() != 0) {
                refuse(
                        path,
                        fact.version(),
                        Meaning.INVALID,
                        path + " has children, which an ephemeral node cannot have");
                return;
            }
            add(Op.delete(layout.real(path), fact.version()), path, Meaning.STALE, Meaning.STALE, Meaning.STALE, 0);
            childrenOf(path, -1);
        }
        makeParents(path);
        Meaning there = fact.isNode() ? Meaning.REFUSED : Meaning.STALE;
        CreateMode mode = ephemeral ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
        add(Op.create(layout.real(path), data, acl, mode), path, Meaning.PARENTS, Meaning.STALE, there, data.length);
        created(create, kind, null);
        become(path, Fact.made(kind, 0, ephemeral ? sessionId : 0));
        if (kind == Kind.EXPLICIT) {
            plan.versions.add(new Plan.NewVersion(path, 0));
        }
        childrenOf(path, 1);
    }

    private void createSequential(Write.CreateSequential create) {
        NodePath directory = create.directory();
        boolean ephemeral = create.mode().isEphemeral();
        byte[] data = ephemeral ? create.data().toByteArray() : NodeData.encode(create.data());
        String stem = Names.stem(commit.opId(), create.tag());
        NodePath any = directory.child(stem);
        NodePath same = create.sameOrderAs();
        CreateMode mode;
        String name = stem;
        if (same == null) {
            mode = ephemeral ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.PERSISTENT_SEQUENTIAL;
        } else {
            mode = ephemeral ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT;
            OptionalInt place = Names.ownSequence(same.name());
            if (place.isEmpty()) {
                end(same, Meaning.INVALID, same + " has no place in its directory's order");
                return;
            }
            present(new Guard.Present(same, OptionalLong.empty()));
            if (ended || plan.needs.contains(same)) {
                return;
            }
            name = Names.numbered(stem, place.getAsInt());
        }
        makeParents(any);
        String real = layout.realChild(directory, name);
        add(Op.create(real, data, acl, mode), any, Meaning.PARENTS, Meaning.STALE, Meaning.STALE, data.length);
        created(create, ephemeral ? Kind.EPHEMERAL : Kind.EXPLICIT, layout.realChild(directory, stem));
        childrenOf(any, 1);
    }

    private void put(Write.Put put) {
        NodePath path = put.path();
        if (knowledge.ownContender(path) != 0 && !state.containsKey(path)) {
            setData(path, put.data().toByteArray(), -1, Meaning.REFUSED);
            return;
        }
        Fact fact = need(path);
        if (fact == null) {
            return;
        }
        if (!fact.isNode()) {
            refuseNoNode(path, fact);
        } else if (fact.kind() == Kind.EXPLICIT) {
            setData(path, NodeData.encode(put.data()), fact.version(), Meaning.REFUSED);
            become(path, fact.turned(Kind.EXPLICIT, fact.version() + 1));
            plan.versions.add(new Plan.NewVersion(path, fact.version() + 1));
        } else if (fact.owner() == sessionId) {
            setData(path, put.data().toByteArray(), fact.version(), Meaning.REFUSED);
            become(path, fact.turned(Kind.EPHEMERAL, fact.version() + 1));
        } else {
            refuse(path, fact.version(), Meaning.INVALID, path + " is an ephemeral node of another session (rule N6)");
        }
    }

    private void delete(NodePath path) {
        if (knowledge.ownContender(path) != 0 && !state.containsKey(path)) {
            deleteNode(path, -1);
            return;
        }
        Fact fact = need(path);
        if (fact == null) {
            return;
        }
        if (fact.kind() == Kind.EXPLICIT && fact.children() == Fact.UNKNOWN) {
            deleteOrAsk(path, fact.version());
        } else if (!fact.isNode()) {
            refuseNoNode(path, fact);
        } else if (fact.kind() == Kind.EXPLICIT && fact.children() > 0) {
            setData(path, NodeData.NONE, fact.version(), Meaning.REFUSED);
            become(path, fact.turned(Kind.IMPLICIT, fact.version() + 1));
        } else {
            deleteNode(path, isSequentialEphemeral(path, fact) ? -1 : fact.version());
        }
    }

    /** A node whose version a guard has checked is believed to have no children: if it has, the transaction tells. */
    private void deleteOrAsk(NodePath path, int version) {
        if (facts.containsKey(path)) {
            plan.needs.add(path);
        } else {
            deleteNode(path, version);
        }
    }

    private void deleteNode(NodePath path, int version) {
        add(Op.delete(layout.real(path), version), path, Meaning.REFUSED, Meaning.STALE, Meaning.STALE, 0);
        become(path, Fact.ABSENT);
        childrenOf(path, -1);
    }

    // ---- parts

    /** What stands there; null if it must be read first. */
    private @Nullable Fact need(NodePath path) {
        Fact fact = state.get(path);
        if (fact == null) {
            fact = facts.get(path);
        }
        if (fact == null) {
            plan.needs.add(path);
        }
        return fact;
    }

    private void become(NodePath path, Fact fact) {
        state.put(path, fact);
    }

    private void childrenOf(NodePath child, int more) {
        NodePath parent = child.parent();
        Fact fact = state.containsKey(parent) ? state.get(parent) : facts.get(parent);
        if (fact != null) {
            state.put(parent, fact.withChildren(more));
        }
    }

    /** Directories that this very commit has deleted are made again as directories. */
    private void makeParents(NodePath path) {
        for (NodePath above : path.ancestors()) {
            Fact fact = state.get(above);
            if (fact != null && fact.kind() == Kind.ABSENT) {
                Op create = Op.create(layout.real(above), NodeData.NONE, acl, CreateMode.PERSISTENT);
                add(create, above, Meaning.PARENTS, Meaning.STALE, Meaning.STALE, 0);
                become(above, Fact.made(Kind.IMPLICIT, 0, 0));
                childrenOf(above, 1);
            }
        }
    }

    private void requirePresent(NodePath path, int version) {
        check(path, version, Meaning.REFUSED, Meaning.STALE);
    }

    private void refuseNoNode(NodePath path, Fact fact) {
        if (fact.isDirectory()) {
            check(path, fact.version(), Meaning.REFUSED, Meaning.STALE);
            end(path, Meaning.REFUSED, null);
        } else {
            check(path, -1, Meaning.REFUSED, Meaning.STALE);
            end(path, Meaning.STALE, null);
        }
    }

    private void refuse(NodePath path, int version, Meaning meaning, String reason) {
        check(path, version, Meaning.STALE, Meaning.STALE);
        end(path, meaning, reason);
    }

    private void check(NodePath path, int version, Meaning onAbsent, Meaning onChanged) {
        add(Op.check(layout.real(path), version), path, onAbsent, onChanged, Meaning.STALE, 0);
    }

    private void setData(NodePath path, byte[] data, int version, Meaning onAbsent) {
        add(Op.setData(layout.real(path), data, version), path, onAbsent, Meaning.STALE, Meaning.STALE, data.length);
    }

    private void created(Write write, Kind kind, @Nullable String stem) {
        plan.creations.add(new Plan.Creation(plan.steps.size() - 1, write, kind, stem));
    }

    private void add(Op op, NodePath path, Meaning onAbsent, Meaning onChanged, Meaning onThere, int dataBytes) {
        plan.add(new Step(op, condition, path, onAbsent, onChanged, onThere, null), dataBytes);
    }

    /** Ends the plan with a check that always fails. */
    private void end(NodePath path, Meaning meaning, @Nullable String reason) {
        plan.add(new Step(Op.check(layout.never(), -1), condition, path, meaning, meaning, meaning, reason), 0);
        ended = true;
    }

    private static boolean isSequentialEphemeral(NodePath path, Fact fact) {
        return fact.kind() == Kind.EPHEMERAL && Names.opId(path.name()).isPresent();
    }
}
