package io.conclave.backend.zookeeper;

/**
 * What the client's event thread does here. That thread ends without a word when it finds its interrupt flag set, and with it all answers and
 * events of the session; so a flag that was raised meanwhile, by a listener say, is taken back.
 */
final class EventThread {
    private EventThread() {}

    /** Runs it. A client that has ended answers on the caller's own thread, whose flag stays if it was set before. */
    static void run(Runnable body) {
        boolean before = Thread.currentThread().isInterrupted();
        try {
            body.run();
        } finally {
            if (!before) {
                Thread.interrupted();
            }
        }
    }
}
