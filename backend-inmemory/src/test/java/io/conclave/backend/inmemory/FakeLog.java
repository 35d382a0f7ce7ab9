package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Leadership;
import io.conclave.backend.inmemory.log.LogStatus;
import io.conclave.backend.inmemory.log.ReplicatedLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** A log that agrees when the test says so. One thread. */
final class FakeLog implements ReplicatedLog {
    final Deque<Entry> entries = new ArrayDeque<>();
    final Deque<CompletableFuture<Void>> barriers = new ArrayDeque<>();
    private final Machine machine;
    private long index;
    private long term;
    private boolean leads;

    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Entry(Command command, byte[] bytes, CompletableFuture<Object> answer) {}

    FakeLog(Machine machine) {
        this.machine = machine;
    }

    void lead() {
        term++;
        leads = true;
        machine.onLeadership(leadership());
    }

    void follow() {
        term++;
        leads = false;
        machine.onLeadership(leadership());
    }

    /** An election begins. */
    void leaderless() {
        machine.onLeadership(new Leadership(term, OptionalInt.empty(), false));
    }

    /** The oldest entry is agreed upon. */
    Command agree() {
        Entry entry = entries.removeFirst();
        entry.answer().complete(machine.apply(++index, entry.bytes()));
        return entry.command();
    }

    List<Command> agreeAll() {
        List<Command> commands = new ArrayList<>();
        while (!entries.isEmpty()) {
            commands.add(agree());
        }
        return commands;
    }

    /** What another member has submitted. */
    Reply apply(Command command) {
        return (Reply) machine.apply(++index, CommandCodec.write(command, Integer.MAX_VALUE));
    }

    void failNext(RuntimeException why) {
        entries.removeFirst().answer().completeExceptionally(why);
    }

    void passBarrier() {
        barriers.removeFirst().complete(null);
    }

    @Override
    public CompletableFuture<Object> submit(byte[] entry) {
        Entry submitted = new Entry(CommandCodec.read(entry), entry, new CompletableFuture<>());
        entries.add(submitted);
        return submitted.answer();
    }

    @Override
    public CompletableFuture<Void> readBarrier() {
        CompletableFuture<Void> barrier = new CompletableFuture<>();
        barriers.add(barrier);
        return barrier;
    }

    @Override
    public Leadership leadership() {
        return new Leadership(term, leads ? OptionalInt.of(1) : OptionalInt.of(2), leads);
    }

    @Override
    public CompletableFuture<Void> transferLeadership(int memberId) {
        return CompletableFuture.failedFuture(new IllegalArgumentException("there is no member " + memberId));
    }

    @Override
    public LogStatus status() {
        return new LogStatus(1, List.of(1, 2), "leader", leadership(), index, index, index, 1, 0, 0, true, Map.of());
    }

    @Override
    public CompletableFuture<Void> snapshot() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {}
}
