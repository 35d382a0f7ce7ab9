package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks all the time whether two terms of one office are valid at once. Terms never become valid again, so those that are valid in two looks, one behind the
 * other, were so together in between.
 */
final class OverlapWatch implements AutoCloseable {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final List<Participant> all;
    private final List<FencedGrant> leftOut;
    private final AtomicLong looks = new AtomicLong();
    private final AtomicInteger most = new AtomicInteger();
    private final Thread thread = new Thread(this::look, "overlap-watch");

    /** Begins to look; terms that are left out do not count. */
    OverlapWatch(List<Participant> all, List<FencedGrant> leftOut) {
        this.all = all;
        this.leftOut = leftOut;
        thread.setDaemon(true);
        thread.start();
    }

    private void look() {
        while (!Thread.currentThread().isInterrupted()) {
            for (var office : Participant.OFFICES) {
                List<FencedGrant> first = Participant.terms(all, office).stream()
                        .filter(term -> !leftOut.contains(term))
                        .toList();
                int still = (int) first.stream().filter(Grant::isValid).count();
                most.accumulateAndGet(still, Math::max);
            }
            looks.incrementAndGet();
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Looks once more and ends the looking: it saw terms, and never two of one office at once. */
    void verifyNone() throws InterruptedException {
        long before = looks.get();
        Await.until(() -> looks.get() > before + 1, WAIT, "a whole look has passed");
        close();
        thread.join();
        assertThat(most)
                .as("terms of one office valid at once, in %s looks", looks)
                .hasValue(1);
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
