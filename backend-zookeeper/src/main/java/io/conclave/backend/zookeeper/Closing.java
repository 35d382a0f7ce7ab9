package io.conclave.backend.zookeeper;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The client's close blocks, so each one runs on a short-lived daemon thread. */
final class Closing {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private Closing() {}

    /** Ends the session and its client; tells whether the server confirmed it. */
    static void inBackground(Handle handle, String id, Consumer<Boolean> done) {
        Thread thread = new Thread(
                () -> {
                    boolean confirmed = false;
                    try {
                        confirmed = handle.closeConfirmed();
                    } catch (InterruptedException nobodyInterruptsThis) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException failure) {
                        LOG.warn("closing the client of session {} failed", id, failure);
                    }
                    done.accept(confirmed);
                },
                "conclave-zookeeper-close-" + id);
        thread.setDaemon(true);
        thread.start();
    }
}
