package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.ReplicatedLog;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Quorum checks: one is under way at a time, and all that is asked for meanwhile shares the next. A check that was under way before says nothing about what came after it began. Touched only under the store's lock; answers
 * come on a thread of the log, without it.
 */
final class Barriers {
    private final ReplicatedLog log;
    private final Object lock;
    private List<Consumer<@Nullable Throwable>> waiting = new ArrayList<>();
    private boolean running;

    Barriers(ReplicatedLog log, Object lock) {
        this.log = log;
        this.lock = lock;
    }

    /** Calls back when a quorum has confirmed, after this call, that this member leads, and all acknowledged before is applied here; or with the reason why that is not known. */
    void ask(Consumer<@Nullable Throwable> then) {
        waiting.add(then);
        if (!running) {
            next();
        }
    }

    private void next() {
        List<Consumer<@Nullable Throwable>> asked = waiting;
        waiting = new ArrayList<>();
        running = true;
        var unused = log.readBarrier().whenComplete((passed, failure) -> {
            asked.forEach(each -> each.accept(failure));
            synchronized (lock) {
                running = false;
                if (!waiting.isEmpty()) {
                    next();
                }
            }
        });
    }
}
