package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import io.conclave.spi.support.PendingCall;
import io.etcd.jetcd.api.TxnResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One commit that is not settled. It holds a slot from its first copy on, and every copy is a transaction that needs the slot as it was: so
 * at most one is applied, and who asks again learns which. A refusal is final only if no other copy is under way, or if it has
 * written the slot itself, which keeps those from being applied. All on the session's drain.
 */
final class Operation {
    private static final int AGAIN_MOST = 8;
    private static final String SLOT_GONE = "its keys are gone";

    private final Commits home;
    private final Commit commit;
    private final List<PendingCall<CommitResult>> calls = new ArrayList<>();
    private final List<PendingCall<Withdrawal>> withdrawals = new ArrayList<>();
    private final Map<NodePath, Boolean> owners = new HashMap<>();
    private final Map<NodePath, Long> learnt = new HashMap<>();
    private final Map<NodePath, OpId> names = new HashMap<>();
    private final Runnable slotFreed = this::slotIsFree;
    private Slots.@Nullable Slot slot;
    /** Copies that may still be applied: those that were sent for the slot as it is, and whose answer is not known. */
    private int open;

    private int again;
    private int copies;
    private boolean waitsForSlot;
    private boolean settling;
    private @Nullable TxnPlan sent;
    private @Nullable Outcome outcome;

    Operation(Commits home, Commit commit) {
        this.home = home;
        this.commit = commit;
    }

    Commit commit() {
        return commit;
    }

    /** What an earlier try has shown: whether the node is an ephemeral one of this session. */
    Optional<Boolean> isOwnEphemeral(NodePath path) {
        return Optional.ofNullable(owners.get(path));
    }

    /** What was read of the place of a node that another is to stand beside; 0 if nothing. */
    long learntPlace(NodePath model) {
        return learnt.getOrDefault(model, 0L);
    }

    void learnPlace(NodePath model, long place) {
        learnt.put(model, place);
    }

    /** The same in every copy, and nobody else's until this is settled. */
    OpId nameIn(NodePath directory) {
        return names.computeIfAbsent(directory, home.ordinals()::take);
    }

    /** Nothing was made, nor can be. */
    private void giveNamesBack() {
        names.forEach(home.ordinals()::giveBack);
        names.clear();
    }

    // ---- calls

    void call(PendingCall<CommitResult> call) {
        if (!withdrawals.isEmpty()) {
            call.fail(new InvalidRequestException("operation " + commit.opId() + " is being withdrawn (rule C6)"));
            return;
        }
        calls.add(call);
        call.onDeadline(() -> {
            calls.remove(call);
            call.failByDeadline(open > 0);
            leaveIfUnsent();
        });
        send();
    }

    /** There is another way to the servers: what has no answer is sent again. */
    void resume() {
        if (!calls.isEmpty() && slot != null) {
            send();
        }
    }

    private void send() {
        if (outcome != null || calls.isEmpty() || waitsForSlot || !withdrawals.isEmpty()) {
            return;
        }
        Slots.Slot held = slot;
        if (held == null) {
            waitsForSlot = true;
            home.settleAbandonedIfNeeded();
            held = home.slots().take(slotFreed);
            if (held == null) {
                return;
            }
            waitsForSlot = false;
            slot = held;
        }
        home.learnPlaces(this, deadline(), trouble -> {
            if (trouble == null) {
                sendCopy();
            } else {
                failed(trouble);
            }
        });
    }

    private void slotIsFree() {
        waitsForSlot = false;
        if (calls.isEmpty()) {
            home.slots().passOn();
        } else {
            send();
        }
    }

    private long deadline() {
        long latest = calls.get(0).deadlineNanos();
        for (PendingCall<CommitResult> call : calls) {
            latest = call.deadlineNanos() - latest > 0 ? call.deadlineNanos() : latest;
        }
        return latest;
    }

    private void sendCopy() {
        Slots.Slot held = slot;
        if (outcome != null || calls.isEmpty() || held == null || !withdrawals.isEmpty()) {
            return;
        }
        TxnPlan plan = new TxnPlan(commit, home.knowledge(this));
        Reading reading = new Reading(commit.then(), home.keys(), plan::orderedIn);
        boolean fence = open > 0;
        var request = plan.request(home.slots(), held, fence, reading);
        Optional<BackendException> impossible = plan.impossible();
        if (impossible.isPresent()) {
            fail(impossible.get());
            return;
        }
        open++;
        int copy = ++copies;
        sent = plan;
        long expected = held.revision;
        home.rpc().quickTxn(request, deadline(), home.drain(), (answer, trouble) -> {
            if (outcome != null || slot != held || held.revision != expected) {
                return; // this copy does not count any more
            }
            if (answer != null) {
                answered(plan, held, fence, reading, answer);
            } else if (trouble != null) {
                notAnswered(trouble, copy);
            }
        });
    }

    // ---- answers

    private void answered(TxnPlan plan, Slots.Slot held, boolean fence, Reading reading, TxnResponse answer) {
        long before = held.revision;
        TxnReply reply = TxnReply.of(plan, commit, held, fence, reading, answer);
        if (reply instanceof TxnReply.Applied applied) {
            decided(home.applied(commit, plan, applied.revision(), applied.gone()), plan, reading);
            return;
        }
        open = held.revision != before ? 0 : open - 1;
        if (reply instanceof TxnReply.SessionOver) {
            home.sessionGone(SLOT_GONE);
            return;
        }
        if (open > 0) {
            return; // another copy may still be applied
        }
        if (reply instanceof TxnReply.Refused refused) {
            decided(new Outcome.Refused(refused.index()), plan, reading);
        } else if (reply instanceof TxnReply.Invalid invalid) {
            fail(new InvalidRequestException(invalid.why()));
        } else {
            if (reply instanceof TxnReply.Owner owner) {
                owners.put(owner.path(), owner.ours());
            }
            if (++again > AGAIN_MOST) {
                again = 0;
                fail(new UnavailableException("the commit met a moving state " + AGAIN_MOST + " times"));
            } else {
                send();
            }
        }
    }

    private void notAnswered(Trouble trouble, int copy) {
        if (trouble.kind() != Trouble.Kind.UNKNOWN) {
            open--;
        }
        if (trouble.kind() == Trouble.Kind.SESSION_GONE) {
            home.sessionGone(trouble.why());
        } else if (copy == copies) {
            failed(trouble); // else a later copy is under way
        }
    }

    /** The callers may try again, or not, as the trouble is; what may have been applied stays open. */
    private void failed(Trouble trouble) {
        fail(
                open > 0
                        ? new IndeterminateException(trouble.why() + " (a copy may have been applied)", trouble.cause())
                        : trouble.toException());
    }

    private void fail(BackendException failure) {
        List<PendingCall<CommitResult>> told = List.copyOf(calls);
        calls.clear();
        leaveIfUnsent();
        told.forEach(call -> call.fail(failure));
    }

    /** Nobody waits and nothing is under way: as if it had never been asked for. */
    private void leaveIfUnsent() {
        if (calls.isEmpty() && withdrawals.isEmpty() && open == 0 && outcome == null) {
            home.forget(this);
            releaseSlot();
            giveNamesBack();
        }
    }

    private void releaseSlot() {
        Slots.Slot held = slot;
        slot = null;
        if (held != null) {
            home.slots().release(held);
        }
        if (waitsForSlot) {
            waitsForSlot = false;
            home.slots().stopWaiting(slotFreed);
        }
    }

    private void decided(Outcome known, TxnPlan plan, Reading reading) {
        outcome = known;
        open = 0;
        home.settled(commit, plan, known);
        releaseSlot();
        if (!(known instanceof Outcome.Applied)) {
            giveNamesBack();
        }
        List<PendingCall<CommitResult>> told = List.copyOf(calls);
        calls.clear();
        for (PendingCall<Withdrawal> call : List.copyOf(withdrawals)) {
            home.withdraw(commit.opId(), call);
        }
        withdrawals.clear();
        if (!told.isEmpty()) {
            home.finish(
                    reading,
                    told.get(0).deadlineNanos(),
                    views -> told.forEach(call -> call.complete(known.result(views))));
        }
    }

    // ---- withdrawing

    void withdraw(PendingCall<Withdrawal> call) {
        withdrawals.add(call);
        call.onDeadline(() -> {
            withdrawals.remove(call);
            call.failByDeadline(true);
        });
        Slots.Slot held = slot;
        if (held == null || open == 0) {
            withdrawn(Withdrawal.NEVER_APPLIED);
            return;
        }
        sendFence(held, call.deadlineNanos());
    }

    private Optional<ByteString> contender() {
        TxnPlan plan = sent;
        return plan != null && Commits.isContender(commit)
                ? plan.orderedIn(commit.writes().get(0).place())
                : Optional.empty();
    }

    private void sendFence(Slots.Slot held, long deadlineNanos) {
        Optional<ByteString> contender = contender();
        int copy = copies;
        home.rpc()
                .quickTxn(
                        Fence.request(home.slots(), held, commit.opId(), contender),
                        deadlineNanos,
                        home.drain(),
                        (answer, trouble) -> {
                            if (slot != held || outcome != null || copies != copy) {
                                return; // settled, or the withdrawal was given up and the commit sent again
                            }
                            if (answer != null) {
                                Optional<Boolean> applied = Fence.wasApplied(answer, held, commit.opId());
                                if (applied.isEmpty()) {
                                    home.sessionGone(SLOT_GONE);
                                    return;
                                }
                                open = 0;
                                Withdrawal stays = contender.isPresent() ? Withdrawal.UNDONE : Withdrawal.APPLIED;
                                withdrawn(applied.get() ? stays : Withdrawal.NEVER_APPLIED);
                            } else if (trouble != null && trouble.kind() == Trouble.Kind.SESSION_GONE) {
                                home.sessionGone(trouble.why());
                            } else if (trouble != null) {
                                failWithdrawals(trouble.toException());
                            }
                        });
    }

    private void withdrawn(Withdrawal found) {
        home.withdrawn(this, found);
        releaseSlot();
        if (found != Withdrawal.APPLIED) {
            giveNamesBack();
        }
        List<PendingCall<Withdrawal>> told = List.copyOf(withdrawals);
        withdrawals.clear();
        List<PendingCall<CommitResult>> callers = List.copyOf(calls);
        calls.clear();
        callers.forEach(call ->
                call.fail(new InvalidRequestException("operation " + commit.opId() + " was withdrawn (rule C6)")));
        told.forEach(call -> call.complete(found));
    }

    private void failWithdrawals(BackendException failure) {
        List<PendingCall<Withdrawal>> told = List.copyOf(withdrawals);
        withdrawals.clear();
        told.forEach(call -> call.fail(failure));
    }

    /** Nobody waits for it, but it holds a slot that others need: it is kept from being applied, as if it had never been sent. */
    boolean isAbandoned() {
        return calls.isEmpty() && withdrawals.isEmpty() && slot != null && outcome == null;
    }

    void settleAbandoned(long deadlineNanos) {
        Slots.Slot held = slot;
        if (held == null || settling || !isAbandoned()) {
            return;
        }
        settling = true;
        int copy = copies;
        home.rpc()
                .quickTxn(
                        Fence.request(home.slots(), held, commit.opId(), Optional.empty()),
                        deadlineNanos,
                        home.drain(),
                        (answer, trouble) -> {
                            settling = false;
                            if (answer == null || slot != held || outcome != null || copies != copy) {
                                return;
                            }
                            Optional<Boolean> applied = Fence.wasApplied(answer, held, commit.opId());
                            if (applied.isEmpty()) {
                                home.sessionGone(SLOT_GONE);
                                return;
                            }
                            open = 0;
                            TxnPlan plan = sent;
                            if (applied.get() && plan != null) {
                                decided(
                                        home.applied(commit, plan, held.revision, Set.of()),
                                        plan,
                                        Reading.of(List.of(), home.keys()));
                            } else {
                                leaveIfUnsent();
                                send();
                            }
                        });
    }

    // ---- the end of the session

    /** What the end of the session makes of it. */
    interface EndMaker {
        BackendException of(boolean mayBeApplied, boolean lasting);
    }

    boolean isInDoubtForEver() {
        return open > 0 && isLasting();
    }

    private boolean isLasting() {
        for (Write write : commit.writes()) {
            boolean goes =
                    (write instanceof Write.CreateNamed named && named.mode().isEphemeral())
                            || (write instanceof Write.CreateSequential sequential
                                    && sequential.mode().isEphemeral());
            if (!goes) {
                return true;
            }
        }
        return false;
    }

    void end(EndMaker maker) {
        boolean sent = open > 0;
        List<PendingCall<CommitResult>> told = List.copyOf(calls);
        calls.clear();
        List<PendingCall<Withdrawal>> more = List.copyOf(withdrawals);
        withdrawals.clear();
        told.forEach(call -> call.fail(maker.of(sent, sent && isLasting())));
        more.forEach(call -> call.fail(maker.of(sent, sent && isLasting())));
    }
}
