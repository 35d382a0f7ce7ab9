package io.conclave.backend.zookeeper;

import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import io.conclave.spi.support.BoundedMemory;
import io.conclave.spi.support.PendingCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All commits of one session: those that are not settled, and a bounded memory of those that are. Lives on the session's drain.
 */
final class Commits implements ReadBatch.Context, Planner.Knowledge {
    private static final int UNSETTLED_MAX = 10_000;
    private static final int REMEMBERED_MAX = 16_384;

    /** What a commit needs of its session. */
    interface Owner {
        boolean isConnected();

        String id();

        long numericId();

        long nonce();
    }

    private record Settled(Commit commit, Outcome outcome) {}

    private final Owner owner;
    private final Link link;
    private final Layout layout;
    private final CommitLimits limits;
    private final int requestBytesMax;
    private final Slots slots;
    private final Directories directories;
    private final Map<OpId, Operation> unsettled = new LinkedHashMap<>();
    private final Map<OpId, Settled> settled = BoundedMemory.of(REMEMBERED_MAX);
    private final Map<OpId, Withdrawal> tombstones = BoundedMemory.of(REMEMBERED_MAX);
    /** Commits of which nobody can find out any more whether they were applied. */
    private final Map<OpId, BackendException> unknown = BoundedMemory.of(REMEMBERED_MAX);
    /** Ephemeral sequential nodes of this session and the revisions that made them. */
    private final Map<NodePath, Long> contenders = BoundedMemory.of(REMEMBERED_MAX);
    /** Ephemeral nodes of this session with names of the caller's. */
    private final Map<NodePath, Boolean> ephemerals = BoundedMemory.of(REMEMBERED_MAX);
    /** Versions at which nodes with data were seen. */
    private final Map<NodePath, Long> versions = BoundedMemory.of(REMEMBERED_MAX);

    Commits(Owner owner, Link link, Layout layout, Capabilities capabilities, int requestBytesMax) {
        this.owner = owner;
        this.link = link;
        this.layout = layout;
        this.limits = new CommitLimits(capabilities, owner.nonce());
        this.requestBytesMax = requestBytesMax;
        this.slots = new Slots(link, layout, owner.id());
        this.directories = new Directories(link, layout);
    }

    // ---- calls

    void commit(Commit commit, PendingCall<CommitResult> call) {
        BackendException impossible = limits.check(commit);
        if (impossible != null) {
            call.fail(impossible);
            return;
        }
        OpId id = commit.opId();
        if (tombstones.containsKey(id)) {
            call.fail(new InvalidRequestException("operation " + id + " was withdrawn (rule C6)"));
            return;
        }
        BackendException inDoubt = unknown.get(id);
        if (inDoubt != null) {
            call.fail(inDoubt);
            return;
        }
        Operation operation = unsettled.get(id);
        if (operation == null) {
            if (call.expireIfPast(false)) {
                return;
            }
            if (unsettled.size() >= UNSETTLED_MAX) {
                call.fail(new UnavailableException(UNSETTLED_MAX + " commits of this session are not settled"));
                return;
            }
            Settled known = settled.remove(id);
            operation = new Operation(this, commit, known == null ? null : known.outcome());
            unsettled.put(id, operation);
        }
        operation.call(call);
    }

    void withdraw(OpId id, PendingCall<Withdrawal> call) {
        Withdrawal found = tombstones.get(id);
        if (found != null) {
            call.complete(found);
            return;
        }
        BackendException inDoubt = unknown.get(id);
        if (inDoubt != null) {
            call.fail(inDoubt);
            return;
        }
        Operation operation = unsettled.get(id);
        if (operation == null) {
            Settled known = settled.remove(id);
            if (known == null) {
                tombstones.put(id, Withdrawal.NEVER_APPLIED);
                call.complete(Withdrawal.NEVER_APPLIED);
                return;
            }
            operation = new Operation(this, known.commit(), known.outcome());
            unsettled.put(id, operation);
        }
        operation.withdraw(call);
    }

    /** There is contact again: everything that waits goes on. */
    void resume() {
        for (Operation operation : List.copyOf(unsettled.values())) {
            operation.proceed();
        }
    }

    /** The session is over. */
    void end(Operation.LostMaker maker) {
        List.copyOf(unsettled.values()).forEach(operation -> operation.end(maker));
    }

    /** True if that operation may have left a lasting effect that nobody can find out about any more. */
    boolean isInDoubtForEver(OpId id) {
        Operation operation = unsettled.get(id);
        return unknown.containsKey(id) || (operation != null && operation.isInDoubtForEver());
    }

    // ---- what operations use

    Plan plan(Commit commit, Map<NodePath, Fact> facts) {
        return new Planner(commit, facts, this, layout, link.acl(), owner.numericId()).plan();
    }

    boolean isConnected() {
        return owner.isConnected();
    }

    int requestBytesMax() {
        return requestBytesMax;
    }

    String sessionId() {
        return owner.id();
    }

    Slots slots() {
        return slots;
    }

    Directories directories() {
        return directories;
    }

    @Override
    public Link link() {
        return link;
    }

    @Override
    public Layout layout() {
        return layout;
    }

    /** True for commits that {@link Withdrawal#UNDONE} is said of. */
    boolean isContender(Commit commit) {
        return commit.writes().size() == 1
                && commit.writes().get(0) instanceof Write.CreateSequential create
                && create.mode().isEphemeral();
    }

    void settleAbandonedIfNeeded() {
        if (slots.isExhausted()) {
            for (Operation operation : List.copyOf(unsettled.values())) {
                if (operation.isAbandoned()) {
                    operation.settleAbandoned();
                }
            }
        }
    }

    void decided(Operation operation, Outcome outcome) {
        if (!(outcome instanceof Outcome.Applied applied)) {
            return;
        }
        for (Write write : operation.commit().writes()) {
            if (write instanceof Write.Delete delete) {
                contenders.remove(delete.path());
                ephemerals.remove(delete.path());
                versions.remove(delete.path());
            }
        }
        for (Node node : applied.created()) {
            if (node.sequence().isPresent() && node.owner().equals(owner.id())) {
                contenders.put(node.path(), applied.revision());
            } else if (node.owner().equals(owner.id())) {
                ephemerals.put(node.path(), true);
            }
        }
    }

    void settled(Operation operation, Outcome outcome) {
        OpId id = operation.commit().opId();
        unsettled.remove(id);
        settled.put(id, new Settled(slim(operation.commit()), Creations.withoutData(outcome)));
    }

    void forget(Operation operation) {
        unsettled.remove(operation.commit().opId());
    }

    /** From now on everybody who asks for that operation is told this. */
    void unknown(Operation operation, BackendException failure) {
        unknown.put(operation.commit().opId(), failure);
    }

    void tombstone(Operation operation, Withdrawal found) {
        tombstones.put(operation.commit().opId(), found);
    }

    /** The commit without its data, guards and reads: enough to withdraw it later. */
    private static Commit slim(Commit commit) {
        List<Write> writes = new ArrayList<>();
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateNamed create) {
                writes.add(Write.create(create.path(), Payload.empty(), create.mode()));
            } else if (write instanceof Write.CreateSequential create) {
                writes.add(new Write.CreateSequential(
                        create.directory(), create.tag(), Payload.empty(), create.mode(), create.sameOrderAs()));
            } else if (write instanceof Write.Put put) {
                writes.add(Write.put(put.path(), Payload.empty()));
            } else {
                writes.add(write);
            }
        }
        return new Commit(commit.opId(), List.of(), writes, List.of(), commit.deadlineNanos());
    }

    // ---- knowledge

    @Override
    public long ownContender(NodePath path) {
        Long revision = contenders.get(path);
        return revision == null ? 0 : revision;
    }

    @Override
    public boolean hasMadeEphemeral(NodePath path) {
        return ephemerals.containsKey(path);
    }

    @Override
    public boolean hasSeen(NodePath path, long version) {
        Long seen = versions.get(path);
        return seen != null && seen == version;
    }

    @Override
    public void seen(NodePath path, long version) {
        versions.put(path, version);
    }

    @Override
    public boolean isStray(NodePath directory, String name) {
        OpId id = Names.opId(name).orElse(null);
        if (id == null || id.nonce() != owner.nonce()) {
            return false;
        }
        Withdrawal found = tombstones.get(id);
        if (found != Withdrawal.NEVER_APPLIED && found != Withdrawal.UNDONE) {
            return false;
        }
        link.delete(layout.realChild(directory, name), (code, none) -> {});
        return true;
    }
}
