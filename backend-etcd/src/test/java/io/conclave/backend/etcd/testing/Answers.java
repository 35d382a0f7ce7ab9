package io.conclave.backend.etcd.testing;

import io.grpc.SynchronizationContext;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** The answers of one call on their way to the client, in order and each as late as was asked for. Used in the call's turns only. */
final class Answers {
    private final SynchronizationContext turns;
    private final LongSupplier delayNanos;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private long lastDue = System.nanoTime();
    private boolean over;

    Answers(SynchronizationContext turns, LongSupplier delayNanos) {
        this.turns = turns;
        this.delayNanos = delayNanos;
    }

    void next(Runnable answer) {
        if (over) {
            return;
        }
        long now = System.nanoTime();
        long wait = Math.max(delayNanos.getAsLong(), lastDue - now);
        if (wait <= 0 && waiting.isEmpty()) {
            answer.run();
            return;
        }
        lastDue = now + wait;
        waiting.add(answer);
        Loops.WORKERS.schedule(() -> turns.execute(this::pass), Math.max(wait, 0), TimeUnit.NANOSECONDS);
    }

    /** After this one no other comes. */
    void last(Runnable answer) {
        next(answer);
        over = true;
    }

    private void pass() {
        waiting.remove().run();
    }
}
