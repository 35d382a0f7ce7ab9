package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A holder that is to be cut off, and another client that waits for the same lock: the holder's grant is lost, by its own account, before the other's is granted. */
final class Succession {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final String LOCK = "/succession/lock";

    private final String name;
    private final Duration session;
    private final Conclave holder;
    private final CompletableFuture<Long> told = new CompletableFuture<>();
    private final Grant first;
    private final Belief belief;
    private final CompletableFuture<Grant> waiting;
    private final CompletableFuture<Long> grantedAt;

    /** The holder holds, the other waits, and the holder believes in more than half a session. */
    Succession(String name, Duration session, Conclave holder, Conclave other) throws Exception {
        this.name = name;
        this.session = session;
        this.holder = holder;
        this.first = DistributedLock.of(holder, LOCK).acquire(WAIT);
        first.onLost(() -> told.complete(System.nanoTime()));
        this.belief = new Belief(first);
        DistributedLock others = DistributedLock.of(other, LOCK);
        this.waiting = others.acquireAsync(WAIT);
        this.grantedAt = waiting.thenApply(grant -> System.nanoTime());
        Await.until(() -> others.queue().contenders().size() == 2, WAIT, "the other waits in the queue");
        Await.until(
                () -> first.validFor().compareTo(session.dividedBy(2)) > 0,
                WAIT,
                "the holder believes in more than half a session");
    }

    /** The holder was cut off at that moment: waits for the other's grant. */
    Grant await(long cutAt) throws Exception {
        Grant second = waiting.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        long granted = grantedAt.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        long lastBelieved = belief.end();
        Figures.print(
                name,
                "session %d ms: belief ended %.0f ms, the other was granted %.0f ms after the cut",
                session.toMillis(),
                (lastBelieved - cutAt) / 1e6,
                (granted - cutAt) / 1e6);
        assertThat(lastBelieved - granted)
                .as("nanoseconds of belief beyond the other's grant")
                .isNegative();
        assertThat(told.get(WAIT.toSeconds(), TimeUnit.SECONDS)).as("onLost").isLessThan(granted);
        assertThat(second.fencingToken()).isGreaterThan(first.fencingToken());
        assertThat(second.isValid()).isTrue();
        return second;
    }

    /** The cut is over: what was lost stays lost, and the holder can get the lock anew. */
    void end(Grant second) throws Exception {
        assertThatThrownBy(first::release).isInstanceOf(GrantLostException.class);
        Await.until(() -> holder.health().isHealthy(), WAIT, "the holder has a session again");
        assertThat(first.isValid()).isFalse();
        second.release();
        try (Grant third = DistributedLock.of(holder, LOCK).acquire(WAIT)) {
            assertThat(third.fencingToken()).isGreaterThan(second.fencingToken());
        }
    }

    /** Asks a grant all the time whether it is valid, and remembers when it last said so. */
    private static final class Belief {
        private final AtomicLong last = new AtomicLong();
        private final AtomicBoolean revived = new AtomicBoolean();
        private final Thread thread;

        Belief(Grant grant) {
            thread = new Thread(
                    () -> {
                        boolean before = true;
                        while (!Thread.currentThread().isInterrupted()) {
                            boolean valid = grant.isValid();
                            if (valid) {
                                last.set(System.nanoTime());
                                revived.compareAndSet(false, !before);
                            }
                            before = valid;
                            LockSupport.parkNanos(500_000);
                        }
                    },
                    "belief");
            thread.setDaemon(true);
            thread.start();
        }

        /** Ends the asking. */
        long end() throws InterruptedException {
            thread.interrupt();
            thread.join();
            assertThat(revived).as("a grant that said no says yes again").isFalse();
            return last.get();
        }
    }
}
