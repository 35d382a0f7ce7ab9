package io.conclave.backend.inmemory.log;

import io.conclave.spi.SerialDrain;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log of one member in memory, without network, threads or disk: every entry is agreed upon as soon as it is submitted. Its apply thread is a drain over the given executor, so the submitting thread may find
 * itself applying. Leads from the start with term 1, and until it is closed. Keeps nothing: a snapshot is written, read back into the same machine, and forgotten, which only tests want.
 */
public final class LocalLog implements ReplicatedLog {
    private static final Logger log = LoggerFactory.getLogger(LocalLog.class);
    private static final long TERM = 1;

    private final int memberId;
    private final Machine machine;
    private final SerialDrain drain;
    private final int inFlightMax;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean closed;
    /** Written in the drain. */
    private volatile long applied;

    private volatile long snapshotIndex;

    /**
     * Starts it; the machine is told at once that it leads.
     *
     * @param inFlightMax entries that may wait to be applied; more are refused
     */
    public LocalLog(int memberId, Machine machine, Executor executor, int inFlightMax) {
        this.memberId = memberId;
        this.machine = machine;
        this.drain = new SerialDrain(executor);
        this.inFlightMax = inFlightMax;
        drain.execute(() -> machine.onLeadership(leadership()));
    }

    @Override
    public CompletableFuture<Object> submit(byte[] entry) {
        CompletableFuture<Object> answer = new CompletableFuture<>();
        enter(answer, () -> apply(entry, answer));
        return answer;
    }

    private void apply(byte[] entry, CompletableFuture<Object> answer) {
        long index = applied + 1;
        applied = index;
        Object result;
        try {
            result = machine.apply(index, entry);
        } catch (RuntimeException failure) {
            log.error("entry {} was not applied as it should", index, failure);
            answer.completeExceptionally(failure);
            return;
        }
        answer.complete(result);
        machine.onBatchEnd();
    }

    @Override
    public CompletableFuture<Void> readBarrier() {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        enter(answer, () -> answer.complete(null));
        return answer;
    }

    private void enter(CompletableFuture<?> answer, Runnable task) {
        if (closed) {
            answer.completeExceptionally(new NotLeaderException("the log is closed", OptionalInt.empty()));
        } else if (inFlight.incrementAndGet() > inFlightMax) {
            inFlight.decrementAndGet();
            answer.completeExceptionally(new LogBusyException(inFlightMax + " entries are under way"));
        } else {
            drain.execute(() -> run(answer, task));
        }
    }

    private void run(CompletableFuture<?> answer, Runnable task) {
        inFlight.decrementAndGet();
        if (closed) {
            answer.completeExceptionally(new OutcomeUnknownException("the log was closed meanwhile", null));
        } else {
            task.run();
        }
    }

    @Override
    public Leadership leadership() {
        return closed ? Leadership.unknown(TERM) : new Leadership(TERM, OptionalInt.of(memberId), true);
    }

    @Override
    public CompletableFuture<Void> transferLeadership(int member) {
        return CompletableFuture.failedFuture(
                new IllegalArgumentException("there is no member " + member + " besides this one"));
    }

    @Override
    public CompletableFuture<Void> snapshot() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        drain.execute(() -> {
            try {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                machine.capture().writeTo(bytes);
                machine.restore(new ByteArrayInputStream(bytes.toByteArray()));
                snapshotIndex = applied;
                done.complete(null);
            } catch (IOException | RuntimeException failure) {
                done.completeExceptionally(failure);
            }
        });
        return done;
    }

    @Override
    public LogStatus status() {
        long last = applied;
        return new LogStatus(
                memberId,
                List.of(memberId),
                closed ? "closed" : "leader",
                leadership(),
                last,
                last,
                last,
                last + 1,
                snapshotIndex,
                0,
                true,
                Map.of());
    }

    /** Does not wait for what runs in the drain at this moment. */
    @Override
    public void close() {
        closed = true;
    }
}
