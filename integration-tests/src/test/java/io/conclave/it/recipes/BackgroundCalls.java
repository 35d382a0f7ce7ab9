package io.conclave.it.recipes;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Blocking calls on threads of their own, which are interrupted and awaited in the end. */
final class BackgroundCalls {
    private static final long LIMIT_MILLIS = 20_000;

    private record Call(CompletableFuture<?> result, Thread thread) {}

    private final List<Call> calls = new ArrayList<>();

    synchronized <T> CompletableFuture<T> start(Callable<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(call.call());
                    } catch (Throwable failure) {
                        result.completeExceptionally(failure);
                    }
                },
                "background-" + (calls.size() + 1));
        thread.setDaemon(true);
        calls.add(new Call(result, thread));
        thread.start();
        return result;
    }

    synchronized boolean areRunning() {
        return calls.stream().anyMatch(call -> !call.result.isDone());
    }

    synchronized void interrupt(CompletableFuture<?> result) {
        calls.stream()
                .filter(call -> call.result == result)
                .findFirst()
                .orElseThrow()
                .thread
                .interrupt();
    }

    synchronized void end() {
        calls.forEach(call -> call.thread.interrupt());
        for (Call call : calls) {
            try {
                call.thread.join(LIMIT_MILLIS);
            } catch (InterruptedException interrupted) {
                throw new AssertionError("interrupted while " + call.thread.getName() + " ends", interrupted);
            }
            if (call.thread.isAlive()) {
                throw new AssertionError(call.thread.getName() + " does not end when it is interrupted");
            }
        }
    }
}
