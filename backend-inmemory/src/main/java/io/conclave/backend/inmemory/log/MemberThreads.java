package io.conclave.backend.inmemory.log;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one member beside the engine's own. They end when idle for a while. */
final class MemberThreads implements AutoCloseable {
    private static final int REQUEST_THREADS = 6;
    private static final int REQUESTS_WAITING = 10_000;
    private static final int SNAPSHOTS_WAITING = 16;

    /** Serves the other members' requests but entries, which the engine serves in order on threads of its own. */
    final ExecutorService requests;

    /** Writes snapshots. */
    final ExecutorService snapshots;

    MemberThreads(int memberId) {
        requests = pool("conclave-log-" + memberId + "-requests-", REQUEST_THREADS, REQUESTS_WAITING);
        snapshots = pool("conclave-log-" + memberId + "-snapshots-", 1, SNAPSHOTS_WAITING);
    }

    private static ExecutorService pool(String prefix, int threads, int waiting) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(waiting), daemons(prefix));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory daemons(String prefix) {
        AtomicInteger number = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, prefix + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public void close() {
        requests.shutdown();
        snapshots.shutdown();
    }
}
