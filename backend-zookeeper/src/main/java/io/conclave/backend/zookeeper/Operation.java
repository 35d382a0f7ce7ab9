package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Link.Content;
import io.conclave.backend.zookeeper.Names.Contender;
import io.conclave.backend.zookeeper.Plan.Meaning;
import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import io.conclave.spi.support.PendingCall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of one commit: from the first call until its outcome is known for good. Lives on the session's drain; at most one request that
 * writes is on its way.
 *
 * <p>The commit holds a slot while it is undecided. Its transaction begins with a write to the slot, guarded by the slot's version, so:
 * <ul>
 *   <li>sent again after a lost answer, it fails at the slot if the first was applied ({@link #recover} then rebuilds the result);
 *   <li>raising the slot's version ({@link #bump}) makes sure that nothing that is still on its way is ever applied. That is
 *       done before a commit in doubt is told as refused, failed or withdrawn. It leaves a mark in the slot, since its own answer may be
 *       lost as well: whoever finds the version raised sees by whom;
 *   <li>the last transaction of an unmarked slot is the commit's revision.
 * </ul>
 *
 * <p>Callers come and go (a deadline takes a call away, a retry brings a new one); the operation stays until it is settled.
 */
final class Operation {
    private static final Logger LOG = LoggerFactory.getLogger(Operation.class);
    private static final int TRIES_MAX = 40;

    private final Commits home;
    private final Commit commit;
    private final Map<NodePath, Fact> facts = new HashMap<>();
    private final List<PendingCall<CommitResult>> calls = new ArrayList<>();
    private final List<PendingCall<Withdrawal>> withdrawals = new ArrayList<>();
    private final Runnable retry = this::proceed;

    private Slots.@Nullable Slot slot;
    private boolean waitsForSlot;
    /** A step is under way; it goes on by itself. */
    private boolean running;
    /** A transaction was sent whose answer is not here or will never come. */
    private boolean exposed;

    private boolean withdrawn;
    /** The reads that follow a known outcome are under way. */
    private boolean reads;

    private int tries;
    private @Nullable Outcome outcome;

    /** A commit; with what is known of it from before, if it was settled already. */
    Operation(Commits home, Commit commit, @Nullable Outcome outcome) {
        this.home = home;
        this.commit = commit;
        this.outcome = outcome;
    }

    Commit commit() {
        return commit;
    }

    // ---- callers

    void call(PendingCall<CommitResult> call) {
        if (withdrawn) {
            call.fail(new InvalidRequestException("operation " + commit.opId() + " is being withdrawn"));
            return;
        }
        calls.add(call);
        call.onDeadline(() -> {
            calls.remove(call);
            Outcome known = outcome;
            if (known != null) {
                call.complete(known.result(List.of()));
            } else {
                call.failByDeadline(exposed);
            }
            rest();
        });
        proceed();
    }

    void withdraw(PendingCall<Withdrawal> call) {
        withdrawn = true;
        withdrawals.add(call);
        call.onDeadline(() -> {
            withdrawals.remove(call);
            call.failByDeadline(exposed);
        });
        proceed();
    }

    /** Goes on if nothing is under way, somebody wants to know, and there is contact. What breaks here ends these calls and no others. */
    void proceed() {
        try {
            goOn();
        } catch (RuntimeException failure) {
            LOG.warn("operation {} broke off", commit.opId(), failure);
            failCalls(exposed, "the commit broke off: " + failure);
            failWithdrawals("the withdrawal broke off: " + failure, Code.SYSTEMERROR);
        }
    }

    private void goOn() {
        if (waitsForSlot) {
            home.slots().stopWaiting(retry);
            waitsForSlot = false;
        }
        if (running || !home.isConnected()) {
            return;
        }
        calls.removeIf(call -> call.expireIfPast(exposed));
        if (withdrawn) {
            settleWithdrawal();
        } else if (outcome != null) {
            readAgain();
        } else if (calls.isEmpty()) {
            rest();
        } else if (takeSlot()) {
            step();
        }
    }

    /** Nobody waits: what was never sent is forgotten, what is in doubt stays. */
    private void rest() {
        if (!running && !exposed && calls.isEmpty() && !withdrawn && outcome == null) {
            leave();
        }
    }

    private void leave() {
        if (waitsForSlot) {
            home.slots().stopWaiting(retry);
            waitsForSlot = false;
        }
        Slots.Slot held = slot;
        slot = null;
        home.forget(this);
        if (held != null) {
            home.slots().release(held);
        } else {
            home.slots().nudge();
        }
    }

    /** True if nobody asks for this operation although it may have been applied and holds a slot. */
    boolean isAbandoned() {
        return exposed && !running && calls.isEmpty() && withdrawals.isEmpty() && slot != null;
    }

    /** Settles an abandoned operation so that its slot can be used by others. */
    void settleAbandoned() {
        running = true;
        bump(this::notApplied);
    }

    private void notApplied() {
        running = false;
        proceed();
    }

    /** The session is over. */
    void end(LostMaker maker) {
        running = true;
        boolean mayHaveMore = exposed && outcome == null && !onlyMakesEphemerals();
        for (PendingCall<CommitResult> call : List.copyOf(calls)) {
            Outcome known = outcome;
            if (known != null) {
                call.complete(known.result(List.of()));
            } else {
                call.fail(maker.make(exposed, mayHaveMore));
            }
        }
        calls.clear();
        withdrawals.forEach(call -> call.fail(maker.make(exposed, mayHaveMore)));
        withdrawals.clear();
    }

    /** Makes the failure of an operation whose session is over. */
    interface LostMaker {
        BackendException make(boolean wasSent, boolean mayHaveLastingEffect);
    }

    /** True if a persistent write of this operation may have been applied without anybody knowing. */
    boolean isInDoubtForEver() {
        return exposed && outcome == null && !onlyMakesEphemerals();
    }

    private boolean onlyMakesEphemerals() {
        return commit.writes().stream().allMatch(Operation::makesEphemeral);
    }

    private static boolean makesEphemeral(Write write) {
        return (write instanceof Write.CreateNamed named && named.mode().isEphemeral())
                || (write instanceof Write.CreateSequential sequential
                        && sequential.mode().isEphemeral());
    }

    // ---- applying

    private boolean takeSlot() {
        Slots.Slot held = slot;
        if (held == null) {
            home.settleAbandonedIfNeeded();
            held = home.slots().take(retry);
            slot = held;
            waitsForSlot = held == null;
        } else {
            home.slots().make(held);
        }
        return held != null;
    }

    private void step() {
        if (tries++ >= TRIES_MAX) {
            fail(new UnavailableException("the commit met other writers " + TRIES_MAX + " times in a row"));
            return;
        }
        Plan plan = home.plan(commit, facts);
        if (!plan.needs.isEmpty()) {
            resolve(plan.needs);
        } else if (plan.bytes() > home.requestBytesMax()) {
            fail(new PayloadTooLargeException("the commit needs about " + plan.bytes()
                    + " bytes on the wire, more than the " + home.requestBytesMax() + " allowed"));
        } else {
            send(plan);
        }
    }

    private void resolve(Collection<NodePath> paths) {
        running = true;
        int[] left = {paths.size()};
        Code[] failure = {Code.OK};
        for (NodePath path : paths) {
            Fact.read(home.link(), home.layout().real(path), (code, fact) -> {
                if (failure[0] == Code.OK && code != Code.NONODE) {
                    failure[0] = code;
                }
                facts.put(path, fact);
                if (--left[0] == 0) {
                    running = false;
                    if (failure[0] != Code.OK) {
                        facts.keySet().removeAll(paths);
                        lostBeforeSending(failure[0]);
                    } else {
                        proceed();
                    }
                }
            });
        }
    }

    private void lostBeforeSending(Code code) {
        if (Errors.isLost(code)) {
            failCalls(exposed, "the connection was lost (" + code + ")");
        } else {
            fail(Errors.definite(code, "the commit"));
        }
    }

    private void send(Plan plan) {
        Slots.Slot held = slot();
        List<Op> operations = new ArrayList<>();
        operations.add(Op.setData(held.path, Slots.BY_COMMIT, held.version));
        operations.addAll(plan.operations());
        running = true;
        boolean wasExposed = exposed;
        exposed = true;
        Reading reading = new Reading();
        home.link().multi(operations, (code, results) -> {
            running = false;
            if (code == Code.OK && results != null) {
                applied(plan, results, reading);
            } else if (Errors.isLost(code)) {
                reading.abandon();
                failCalls(true, "the answer to the commit was lost (" + code + ")");
                proceed();
            } else {
                exposed = wasExposed;
                notDone(plan, code, results, reading);
            }
        });
        reading.start();
    }

    private void applied(Plan plan, List<OpResult> results, Reading reading) {
        Stat stat = ((OpResult.SetDataResult) results.get(0)).getStat();
        slot().confirmed = true;
        slot().version = stat.getVersion();
        decided(new Outcome.Applied(stat.getMzxid(), Creations.fromReply(home, plan, results, stat.getMzxid())));
        plan.versions.forEach(made -> home.seen(made.path(), made.version()));
        reading.open();
    }

    private void notDone(Plan plan, Code code, @Nullable List<OpResult> results, Reading reading) {
        int failed = Directories.firstFailure(results);
        if (results == null || failed > plan.steps.size()) {
            reading.abandon();
            fail(Errors.definite(code, "the commit"));
            return;
        }
        if (failed == 0) {
            reading.abandon();
            slotRefused(code);
            return;
        }
        slot().confirmed = true;
        Plan.Step step = plan.steps.get(failed - 1);
        Meaning meaning = step.meaning(code);
        if (meaning == Meaning.REFUSED) {
            refused(step.condition(), reading);
            return;
        }
        reading.abandon();
        if (meaning == Meaning.STALE || (meaning != null && isAbsentGuard(step))) {
            stale(step);
        } else if (meaning == Meaning.PARENTS) {
            makeParents(step);
        } else if (meaning == Meaning.INVALID && step.reason() != null) {
            fail(new InvalidRequestException(step.reason()));
        } else {
            fail(Errors.definite(code, "the commit at " + step.path()));
        }
    }

    private void refused(int condition, Reading reading) {
        if (!exposed) {
            decided(new Outcome.Refused(condition));
            reading.open();
            return;
        }
        reading.abandon();
        running = true;
        bump(() -> {
            running = false;
            decided(new Outcome.Refused(condition));
            readAgain();
        });
    }

    private void stale(Plan.Step step) {
        List<NodePath> paths = new ArrayList<>(isAbsentGuard(step) ? step.path().ancestors() : List.of());
        paths.add(step.path());
        resolve(paths);
    }

    private void makeParents(Plan.Step step) {
        boolean container =
                commit.writes().get(step.condition() - commit.guards().size()) instanceof Write.CreateSequential create
                        && create.mode().isEphemeral();
        running = true;
        home.directories().ensure(step.path().parent(), container, code -> {
            running = false;
            facts.keySet().removeAll(step.path().ancestors());
            if (code == Code.OK) {
                proceed();
            } else {
                lostBeforeSending(code);
            }
        });
    }

    private boolean isAbsentGuard(Plan.Step step) {
        return step.condition() < commit.guards().size()
                && commit.guards().get(step.condition()) instanceof Guard.Absent;
    }

    /** The transaction failed at the slot itself. */
    private void slotRefused(Code code) {
        if (!exposed) {
            replaceSlot();
        } else if (code == Code.BADVERSION) {
            recover();
        } else if (code == Code.NONODE) {
            slotGone();
        } else {
            failCalls(true, "the commit could not be settled (" + code + ")");
            proceed();
        }
    }

    private void replaceSlot() {
        slot = null;
        running = true;
        home.directories().ensure(home.layout().slots(), false, code -> {
            running = false;
            home.slots().discard();
            if (code == Code.OK) {
                proceed();
            } else {
                lostBeforeSending(code);
            }
        });
    }

    // ---- settling what is in doubt

    /** Raises the slot's version: after that, nothing that was sent before can be applied. */
    private void bump(Runnable notApplied) {
        Slots.Slot held = slot();
        home.slots().settle(held, (code, stat) -> {
            if (code == Code.OK && stat != null) {
                held.version = stat.getVersion();
                exposed = false;
                notApplied.run();
                return;
            }
            running = false;
            if (code == Code.BADVERSION) {
                recover();
            } else if (code == Code.NONODE) {
                slotGone();
            } else {
                failCalls(true, "the commit could not be settled (" + code + ")");
                failWithdrawals("the commit could not be settled (" + code + ")", code);
            }
        });
    }

    /** The slot's version was raised and the answer lost: finds out whether by the commit, and then what its answer was. */
    private void recover() {
        running = true;
        Slots.Slot held = slot();
        new Recovery(home, commit, held, (code, found, created) -> {
                    running = false;
                    if (code == Code.OK && found != null) {
                        held.version = found.stat().getVersion();
                        recovered(found, created);
                    } else {
                        failCalls(true, "the answer to the commit was lost again (" + code + ")");
                        failWithdrawals("the commit could not be settled (" + code + ")", code);
                    }
                })
                .start();
    }

    private void recovered(Content found, List<Node> created) {
        if (Slots.isSettled(found)) {
            exposed = false;
            proceed();
        } else {
            decided(new Outcome.Applied(found.stat().getMzxid(), created));
            readAgain();
        }
    }

    /** Somebody else removed the slot: nothing that was sent can be applied any more, and only a contender's name tells whether it was. */
    private void slotGone() {
        if (home.isContender(commit)) {
            search((Write.CreateSequential) commit.writes().get(0));
            return;
        }
        giveSlotUp();
        SessionLostException failure = new SessionLostException(
                "the slot of operation " + commit.opId() + " was removed by somebody else, so nobody can tell whether "
                        + "it was applied",
                Applied.UNKNOWN);
        home.unknown(this, failure);
        List<PendingCall<CommitResult>> told = List.copyOf(calls);
        List<PendingCall<Withdrawal>> toldToo = List.copyOf(withdrawals);
        calls.clear();
        withdrawals.clear();
        leave();
        told.forEach(call -> call.fail(failure));
        toldToo.forEach(call -> call.fail(failure));
    }

    private void search(Write.CreateSequential create) {
        running = true;
        String stem = Names.stem(commit.opId(), create.tag());
        home.link().getChildren(home.layout().real(create.directory()), (code, names) -> {
            String name = Recovery.named(stem, create.tag(), names);
            if (name.isEmpty()) {
                searched(create, name, code, null);
            } else {
                String real = home.layout().realChild(create.directory(), name);
                home.link().exists(real, (found, stat) -> searched(create, name, found, stat));
            }
        });
    }

    private void searched(Write.CreateSequential create, String name, Code code, @Nullable Stat stat) {
        running = false;
        if (stat != null) {
            giveSlotUp();
            long revision = stat.getCzxid();
            decided(new Outcome.Applied(revision, List.of(Creations.sequential(home, create, name, revision))));
            readAgain();
        } else if (code == Code.OK || code == Code.NONODE) {
            exposed = false;
            replaceSlot();
        } else {
            failCalls(true, "the commit could not be settled (" + code + ")");
            failWithdrawals("the commit could not be settled (" + code + ")", code);
        }
    }

    private void giveSlotUp() {
        slot = null;
        exposed = false;
        home.slots().discard();
    }

    private void settleWithdrawal() {
        Outcome known = outcome;
        if (known == null && exposed) {
            running = true;
            bump(this::notApplied);
        } else if (known instanceof Outcome.Applied applied && home.isContender(commit)) {
            undo(applied);
        } else {
            withdrawalDone(known instanceof Outcome.Applied ? Withdrawal.APPLIED : Withdrawal.NEVER_APPLIED);
        }
    }

    private void undo(Outcome.Applied applied) {
        NodePath path = applied.created().get(0).path();
        running = true;
        home.link().delete(home.layout().real(path), (code, none) -> {
            running = false;
            if (code == Code.OK || code == Code.NONODE) {
                withdrawalDone(Withdrawal.UNDONE);
            } else {
                failWithdrawals("the contender could not be removed (" + code + ")", code);
            }
        });
    }

    private void withdrawalDone(Withdrawal found) {
        home.tombstone(this, found);
        Outcome known = outcome;
        for (PendingCall<CommitResult> call : List.copyOf(calls)) {
            if (found == Withdrawal.APPLIED && known != null) {
                call.complete(known.result(List.of()));
            } else {
                call.fail(new InvalidRequestException("operation " + commit.opId() + " was withdrawn"));
            }
        }
        calls.clear();
        List<PendingCall<Withdrawal>> told = List.copyOf(withdrawals);
        withdrawals.clear();
        leave();
        told.forEach(call -> call.complete(found));
    }

    // ---- ends

    /** The outcome is known for good. */
    private void decided(Outcome known) {
        outcome = known;
        exposed = false;
        home.decided(this, known);
        Slots.Slot held = slot;
        slot = null;
        if (held != null) {
            home.slots().release(held);
        }
    }

    /** The commit fails without having been applied; what is in doubt is settled first. */
    private void fail(BackendException failure) {
        if (!exposed) {
            failed(failure);
            return;
        }
        running = true;
        bump(() -> {
            running = false;
            failed(failure);
        });
    }

    private void failed(BackendException failure) {
        tries = 0;
        List<PendingCall<CommitResult>> told = List.copyOf(calls);
        calls.clear();
        if (withdrawn) {
            proceed();
        } else {
            leave();
        }
        told.forEach(call -> call.fail(failure));
    }

    private void failCalls(boolean mayBeApplied, String why) {
        tries = 0;
        List<PendingCall<CommitResult>> told = List.copyOf(calls);
        calls.clear();
        rest();
        told.forEach(call -> call.failLost(mayBeApplied, why));
    }

    private void failWithdrawals(String why, Code code) {
        List<PendingCall<Withdrawal>> told = List.copyOf(withdrawals);
        withdrawals.clear();
        boolean mayBeApplied = exposed || outcome != null;
        told.forEach(call -> {
            if (Errors.isLost(code)) {
                call.failLost(mayBeApplied, why);
            } else {
                call.fail(Errors.definite(code, "withdrawing"));
            }
        });
    }

    private void readAgain() {
        if (!reads) {
            Reading reading = new Reading();
            reading.start();
            reading.open();
        }
    }

    private Slots.Slot slot() {
        Slots.Slot held = slot;
        if (held == null) {
            throw new IllegalStateException("the operation holds no slot");
        }
        return held;
    }

    /** The reads of the commit: sent right behind it, told once its outcome is known too. */
    private final class Reading {
        private @Nullable List<View> views;
        private boolean opened;
        private boolean abandoned;

        void start() {
            ReadBatch.start(home, commit.then(), this::ownCreate, (answers, failure) -> {
                views = answers == null ? List.of() : answers;
                tellIfComplete();
            });
        }

        void open() {
            opened = true;
            reads = true;
            tellIfComplete();
        }

        void abandon() {
            abandoned = true;
        }

        private @Nullable Contender ownCreate(NodePath directory) {
            return outcome instanceof Outcome.Applied applied ? Creations.contender(applied, directory) : null;
        }

        private void tellIfComplete() {
            List<View> answers = views;
            Outcome known = outcome;
            if (abandoned || !opened || answers == null || known == null) {
                return;
            }
            reads = false;
            List<PendingCall<CommitResult>> told = List.copyOf(calls);
            calls.clear();
            if (withdrawn) {
                proceed();
            } else {
                home.settled(Operation.this, known);
            }
            told.forEach(call -> call.complete(known.result(answers)));
        }
    }
}
