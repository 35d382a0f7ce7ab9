package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import io.conclave.spi.support.BoundedMemory;
import io.conclave.spi.support.PendingCall;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.TxnRequest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** All commits of one session: those that are not settled, and a bounded memory of those that are. On the session's drain. */
final class Commits {
    private static final int UNSETTLED_MAX = 10_000;
    private static final int REMEMBERED_MAX = 16_384;

    /** What commits need of their session. */
    interface Owner {
        Keys keys();

        Rpc rpc();

        SerialDrain drain();

        String id();

        long lease();

        long nonce();

        /** When something that nobody waits for is given up. */
        long housekeepingDeadline();

        /** The server says that the lease is gone. */
        void sessionGone(String why);
    }

    /**
     * What stays known of a settled commit.
     *
     * @param contender the key of the only thing that it made, if that was an ephemeral sequential node
     * @param ordered the keys of the sequential nodes that it made, by directory
     */
    private record Settled(Outcome outcome, Optional<ByteString> contender, Map<NodePath, ByteString> ordered) {}

    private final Owner owner;
    private final Capabilities capabilities;
    private final Slots slots;
    private final Ordinals ordinals;
    private final Map<OpId, Operation> unsettled = new LinkedHashMap<>();
    private final Map<OpId, Settled> settled = BoundedMemory.of(REMEMBERED_MAX);
    private final Map<OpId, Withdrawal> tombstones = BoundedMemory.of(REMEMBERED_MAX);
    /** Of nodes that this session made. */
    private final Map<NodePath, Long> places = BoundedMemory.of(REMEMBERED_MAX);

    private final Map<NodePath, Boolean> ephemerals = BoundedMemory.of(REMEMBERED_MAX);

    Commits(Owner owner, Capabilities capabilities) {
        this.owner = owner;
        this.capabilities = capabilities;
        this.slots = new Slots(owner.keys(), owner.id(), owner.lease());
        this.ordinals = new Ordinals(owner.nonce());
    }

    // ---- calls

    void commit(Commit commit, PendingCall<CommitResult> call) {
        OpId id = commit.opId();
        BackendException impossible = id.nonce() != owner.nonce()
                ? new InvalidRequestException("operation " + id + " is not one of this session: ask newOpId()")
                : capabilities.refusal(commit).orElse(null);
        if (impossible == null && tombstones.containsKey(id)) {
            impossible = new InvalidRequestException("operation " + id + " was withdrawn (rule C6)");
        }
        if (impossible != null) {
            call.fail(impossible);
            return;
        }
        Settled known = settled.get(id);
        if (known != null) {
            answerAgain(commit, known, call);
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
            operation = new Operation(this, commit);
            unsettled.put(id, operation);
        }
        operation.call(call);
    }

    private void answerAgain(Commit commit, Settled known, PendingCall<CommitResult> call) {
        List<Query> queries = new ArrayList<>(commit.then());
        List<NodePath> made = known.ordered().values().stream()
                .map(key -> keys().path(key).orElseThrow())
                .toList();
        made.forEach(path -> queries.add(Query.get(path)));
        Reading reading = new Reading(
                queries, keys(), place -> Optional.ofNullable(known.ordered().get(place)));
        if (known.outcome() instanceof Outcome.Applied applied) {
            reading.applied(applied.revision());
        } else {
            reading.refused();
        }
        call.onDeadline(() -> call.complete(known.outcome().result(List.of())));
        finish(reading, call.deadlineNanos(), views -> {
            if (views.isEmpty()) {
                call.complete(known.outcome().result(views));
                return;
            }
            Set<NodePath> gone = new HashSet<>();
            for (int i = 0; i < made.size(); i++) {
                if (views.get(commit.then().size() + i) instanceof View.OfNode look
                        && !known.outcome().isThere(look.node())) {
                    gone.add(made.get(i));
                }
            }
            call.complete(known.outcome()
                    .without(gone)
                    .result(views.subList(0, commit.then().size())));
        });
    }

    void withdraw(OpId id, PendingCall<Withdrawal> call) {
        Withdrawal found = tombstones.get(id);
        Settled known = settled.get(id);
        Operation operation = unsettled.get(id);
        if (found != null) {
            call.complete(found);
        } else if (known != null) {
            withdraw(id, known, call);
        } else if (operation != null) {
            operation.withdraw(call);
        } else {
            tombstone(id, Withdrawal.NEVER_APPLIED);
            call.complete(Withdrawal.NEVER_APPLIED);
        }
    }

    private void withdraw(OpId id, Settled known, PendingCall<Withdrawal> call) {
        if (!(known.outcome() instanceof Outcome.Applied applied)
                || known.contender().isEmpty()) {
            Withdrawal found =
                    known.outcome() instanceof Outcome.Applied ? Withdrawal.APPLIED : Withdrawal.NEVER_APPLIED;
            tombstone(id, found);
            call.complete(found);
            return;
        }
        call.onDeadline(() -> call.failByDeadline(true));
        ByteString contender = known.contender().get();
        TxnRequest undo = Fence.undo(contender, applied.revision());
        rpc().quickTxn(undo, call.deadlineNanos(), drain(), (answer, trouble) -> {
            if (answer != null) {
                if (answer.getSucceeded()) {
                    forgetNode(keys().path(contender).orElseThrow());
                }
                tombstone(id, Withdrawal.UNDONE);
                call.complete(Withdrawal.UNDONE);
            } else if (trouble != null) {
                call.fail(trouble.toException());
            }
        });
    }

    /** There is another way to the servers. */
    void resume() {
        List.copyOf(unsettled.values()).forEach(Operation::resume);
    }

    void end(Operation.EndMaker maker) {
        List.copyOf(unsettled.values()).forEach(operation -> operation.end(maker));
    }

    /** True if that operation may have left a lasting effect that nobody can find out about any more. */
    boolean isInDoubtForEver(OpId id) {
        Operation operation = unsettled.get(id);
        return operation != null && operation.isInDoubtForEver();
    }

    // ---- what operations use

    Keys keys() {
        return owner.keys();
    }

    Rpc rpc() {
        return owner.rpc();
    }

    SerialDrain drain() {
        return owner.drain();
    }

    Slots slots() {
        return slots;
    }

    /** Later, since its listener is told, and not by the transport. */
    void sessionGone(String why) {
        drain().executeLater(() -> owner.sessionGone(why));
    }

    /** True for commits that {@link Withdrawal#UNDONE} is said of. */
    static boolean isContender(Commit commit) {
        return commit.writes().size() == 1
                && commit.writes().get(0) instanceof Write.CreateSequential create
                && create.mode().isEphemeral();
    }

    TxnPlan.Knowledge knowledge(Operation operation) {
        return new TxnPlan.Knowledge() {
            @Override
            public Keys keys() {
                return owner.keys();
            }

            @Override
            public long lease() {
                return owner.lease();
            }

            @Override
            public long placeOf(NodePath path) {
                return Names.parse(path.name())
                        .map(name -> name.place(places.getOrDefault(path, operation.learntPlace(path))))
                        .orElse(0L);
            }

            @Override
            public OpId nameIn(NodePath directory) {
                return operation.nameIn(directory);
            }

            @Override
            public boolean isOwnEphemeral(NodePath path) {
                return operation.isOwnEphemeral(path).orElseGet(() -> ephemerals.containsKey(path));
            }
        };
    }

    Ordinals ordinals() {
        return ordinals;
    }

    /** Reads the places of the nodes that new ones are to stand beside, where they are not known; goes on with the trouble, if any. */
    void learnPlaces(Operation operation, long deadlineNanos, Consumer<@Nullable Trouble> next) {
        Commit commit = operation.commit();
        List<NodePath> models = new ArrayList<>();
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateSequential create && create.sameOrderAs() != null) {
                NodePath model = create.sameOrderAs();
                if (!places.containsKey(model)
                        && operation.learntPlace(model) == 0
                        && Names.parse(model.name())
                                .filter(name -> name.sharedPlace() == 0)
                                .isPresent()) {
                    models.add(model);
                }
            }
        }
        if (models.isEmpty()) {
            next.accept(null);
            return;
        }
        TxnRequest.Builder txn = TxnRequest.newBuilder();
        models.forEach(model -> txn.addSuccess(TxnPlan.range(RangeRequest.newBuilder()
                .setKey(keys().of(model))
                .setKeysOnly(true)
                .build())));
        rpc().quickTxn(txn.build(), deadlineNanos, drain(), (answer, trouble) -> {
            if (answer != null) {
                for (int i = 0; i < models.size(); i++) {
                    NodePath model = models.get(i);
                    answer.getResponses(i)
                            .getResponseRange()
                            .getKvsList()
                            .forEach(kv -> operation.learnPlace(model, kv.getCreateRevision()));
                }
            }
            next.accept(trouble);
        });
    }

    /** The outcome of a commit that was applied at that revision; sequential nodes that are gone stand with the stem of their names (rule C8). */
    Outcome applied(Commit commit, TxnPlan plan, long revision, Set<ByteString> gone) {
        List<Node> created = new ArrayList<>();
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateNamed create) {
                created.add(made(create.path(), create.mode().isEphemeral(), revision));
            } else if (write instanceof Write.CreateSequential create) {
                ByteString key = plan.orderedIn(create.directory()).orElseThrow();
                NodePath path = keys().path(key).orElseThrow();
                places.put(path, revision);
                created.add(made(path, create.mode().isEphemeral(), revision));
            } else if (write instanceof Write.Delete delete) {
                forgetNode(delete.path());
            }
        }
        Set<NodePath> goneNodes = new HashSet<>();
        gone.forEach(key -> keys().path(key).ifPresent(goneNodes::add));
        return new Outcome.Applied(revision, created).without(goneNodes);
    }

    /** A node that a commit of this session has deleted. */
    private void forgetNode(NodePath path) {
        ephemerals.remove(path);
        places.remove(path);
        ordinals.deleted(path);
    }

    private Node made(NodePath path, boolean ephemeral, long revision) {
        if (ephemeral) {
            ephemerals.put(path, true);
        } else {
            ephemerals.remove(path);
        }
        OptionalLong sequence = Names.parse(path.name())
                .map(name -> OptionalLong.of(name.place(revision)))
                .orElse(OptionalLong.empty());
        return new Node(
                path,
                sequence,
                OptionalLong.of(revision),
                OptionalLong.of(revision),
                0,
                ephemeral ? owner.id() : "",
                Payload.empty());
    }

    /** Reads what the answers still lack; without an answer there are none (rule C9). */
    void finish(Reading reading, long deadlineNanos, Consumer<List<View>> next) {
        if (reading.isComplete()) {
            next.accept(reading.views());
            return;
        }
        Reads.round(rpc(), reading, deadlineNanos, drain(), trouble -> {
            if (trouble == null) {
                finish(reading, deadlineNanos, next);
            } else {
                next.accept(List.of());
            }
        });
    }

    void settleAbandonedIfNeeded() {
        if (slots.isExhausted()) {
            for (Operation operation : List.copyOf(unsettled.values())) {
                if (operation.isAbandoned()) {
                    operation.settleAbandoned(owner.housekeepingDeadline());
                }
            }
        }
    }

    void settled(Commit commit, TxnPlan plan, Outcome outcome) {
        unsettled.remove(commit.opId());
        Map<NodePath, ByteString> ordered = new LinkedHashMap<>();
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateSequential create) {
                plan.orderedIn(create.directory()).ifPresent(key -> ordered.put(create.directory(), key));
            }
        }
        Optional<ByteString> contender =
                isContender(commit) ? ordered.values().stream().findFirst() : Optional.empty();
        settled.put(commit.opId(), new Settled(outcome, contender, ordered));
    }

    void forget(Operation operation) {
        unsettled.remove(operation.commit().opId());
    }

    void withdrawn(Operation operation, Withdrawal found) {
        forget(operation);
        tombstone(operation.commit().opId(), found);
    }

    private void tombstone(OpId id, Withdrawal found) {
        tombstones.put(id, found);
    }
}
