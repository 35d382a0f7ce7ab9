package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.core.NodeImpl;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Read barriers. One round with the other members runs at a time; what arrives meanwhile shares the next one, which begins after it.
 *
 * <p>A round proves that this member led at some moment after the round had begun: a majority has answered a heartbeat that was sent meanwhile, and it counts only if the term is the same before and after. So a barrier that
 * completes also says that nobody else led then.
 *
 * <p>A round ends on a thread of the engine, which holds a lock of the round and may be waited for by one that holds the node's lock. So nothing here asks the node for anything that takes its lock, such as whether it leads.
 */
final class Barriers {
    private static final byte[] NO_CONTEXT = {};

    private final NodeImpl node;
    private final Supplier<Leadership> leadership;
    private final LongSupplier term;
    private final long timeoutMillis;
    private final int waitingMax;
    private final Object lock = new Object();

    /** Guarded by the lock. */
    private List<CompletableFuture<Void>> waiting = new ArrayList<>();

    /** Guarded by the lock. */
    private boolean running;

    /**
     * @param leadership as the machine knows it
     * @param term the term as it is written, which never is behind that in which the node leads
     */
    Barriers(NodeImpl node, Supplier<Leadership> leadership, LongSupplier term, long timeoutMillis, int waitingMax) {
        this.node = node;
        this.leadership = leadership;
        this.term = term;
        this.timeoutMillis = timeoutMillis;
        this.waitingMax = waitingMax;
    }

    CompletableFuture<Void> enter() {
        CompletableFuture<Void> barrier = new CompletableFuture<>();
        synchronized (lock) {
            if (waiting.size() >= waitingMax) {
                return CompletableFuture.failedFuture(new LogBusyException(waitingMax + " barriers wait"));
            }
            waiting.add(barrier);
            if (running) {
                return barrier;
            }
            running = true;
        }
        round();
        return barrier;
    }

    private void round() {
        List<CompletableFuture<Void>> round;
        synchronized (lock) {
            if (waiting.isEmpty()) {
                running = false;
                return;
            }
            round = waiting;
            waiting = new ArrayList<>();
        }
        Leadership now = leadership.get();
        if (!now.own()) {
            finish(round, now.term(), "this member does not lead");
            return;
        }
        Round asked = new Round(round, now.term());
        try {
            node.readIndex(NO_CONTEXT, asked);
        } catch (RuntimeException closing) {
            finish(round, now.term(), "the log is being closed");
        }
    }

    /** Completes a round's barriers, and starts the next round. An empty failure is none. */
    private void finish(List<CompletableFuture<Void>> round, long asked, String failure) {
        boolean led = term.getAsLong() == asked;
        for (CompletableFuture<Void> barrier : round) {
            if (led && failure.isEmpty()) {
                barrier.complete(null);
            } else {
                String why = failure.isEmpty() ? "leadership ended meanwhile" : failure;
                barrier.completeExceptionally(
                        new NotLeaderException(why, leadership.get().leader()));
            }
        }
        round();
    }

    private final class Round extends ReadIndexClosure {
        private final List<CompletableFuture<Void>> round;
        private final long asked;

        Round(List<CompletableFuture<Void>> round, long asked) {
            super(timeoutMillis);
            this.round = round;
            this.asked = asked;
        }

        @Override
        public void run(Status status, long index, byte[] context) {
            finish(round, asked, status.isOk() ? "" : "no majority has answered: " + status.getErrorMsg());
        }
    }
}
