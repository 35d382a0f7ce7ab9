package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Grant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Asks a grant all the time whether it is valid, and remembers when it last said so. */
final class Belief {
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
