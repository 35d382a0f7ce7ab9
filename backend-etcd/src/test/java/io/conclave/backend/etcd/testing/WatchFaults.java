package io.conclave.backend.etcd.testing;

import io.grpc.Status;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which watch streams are to end, and how. */
final class WatchFaults {
    private final Set<ProxiedCall> open = ConcurrentHashMap.newKeySet();
    private final Object lock = new Object();
    private Status reason = Status.OK;
    private int left;
    private boolean afterCreated;

    /** Ends those that are open, and the next so many. */
    void breakStreams(int times, Status status) {
        List<ProxiedCall> now;
        synchronized (lock) {
            now = List.copyOf(open);
            reason = status;
            left = now.isEmpty() ? times : times - 1;
        }
        now.forEach(call -> call.end(status));
    }

    void breakAfterCreated(Status status) {
        synchronized (lock) {
            reason = status;
            afterCreated = true;
        }
    }

    /** A stream begins. */
    void began(ProxiedCall call) {
        Status broken;
        synchronized (lock) {
            open.add(call);
            if (left == 0) {
                return;
            }
            left--;
            broken = reason;
        }
        call.end(broken);
    }

    void ended(ProxiedCall call) {
        open.remove(call);
    }

    int open() {
        return open.size();
    }

    /** A watch was created: ends its stream right after that if this was asked for. */
    void created(ProxiedCall call) {
        Status broken;
        synchronized (lock) {
            if (!afterCreated) {
                return;
            }
            afterCreated = false;
            broken = reason;
        }
        call.endAfterAnswers(broken);
    }
}
