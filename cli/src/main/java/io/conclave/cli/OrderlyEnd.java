package io.conclave.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in order when the process gets SIGTERM or SIGINT: the listener is told, and the end of the process waits, for a bounded
 * time, until the command has {@link #finished()}. The exit code is then 128 + the signal's number.
 */
final class OrderlyEnd {
    private static final Duration PATIENCE_MAX = Duration.ofMinutes(10);

    private final CompletableFuture<Void> told = new CompletableFuture<>();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook = new Thread(this::hold, "conclave-end");

    private OrderlyEnd() {}

    static OrderlyEnd install() {
        OrderlyEnd end = new OrderlyEnd();
        try {
            Runtime.getRuntime().addShutdownHook(end.hook);
        } catch (IllegalStateException alreadyEnding) {
            end.told.complete(null);
        }
        return end;
    }

    /** Calls the listener on the first signal; at once if it has come already. */
    void onSignal(Runnable listener) {
        var unused = told.thenRun(listener).whenComplete((done, failure) -> {
            if (failure != null) {
                System.err.println("conclave: cannot end in order: " + failure.getMessage());
            }
        });
    }

    boolean isTold() {
        return told.isDone();
    }

    /** The command has ended: nothing holds the process up any more. */
    void finished() {
        finished.countDown();
        if (!told.isDone()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException alreadyEnding) {
                return; // the hook runs and returns by itself
            }
        }
    }

    private void hold() {
        told.complete(null);
        try {
            if (!finished.await(PATIENCE_MAX.toSeconds(), TimeUnit.SECONDS)) {
                System.err.println("conclave: the command did not end within " + PATIENCE_MAX.toMinutes() + " minutes");
            }
        } catch (InterruptedException endAtOnce) {
            Thread.currentThread().interrupt();
        }
    }
}
