package io.conclave.it.recipes;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.GrantLostException;
import io.conclave.OutcomeUnknownException;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A process that puts into a queue or takes from it, driven by its arguments: {@code url path role …}. Roles: {@code put PREFIX COUNT}, {@code consume}, {@code hold} (takes one
 * item and keeps it), {@code wait} (takes and never gets), {@code block CAPACITY} (fills the queue and waits for room).
 *
 * <p>Prints {@code PUT value} when a put has returned, {@code GOT value delivery} before and {@code DONE value delivery} after an item is completed, or {@code LOST value delivery} if its claim was lost, and {@code READY}.
 */
final class QueueWorker {
    private static final int PUTS_IN_FLIGHT = 8;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private QueueWorker() {}

    public static void main(String[] arguments) throws Exception {
        Thread orders = new Thread(QueueWorker::endWithInput, "orders");
        orders.setDaemon(true);
        orders.start();
        Conclave conclave =
                Conclave.builder(arguments[0]).connectTimeout(PATIENCE).connect();
        DistributedQueue<String> queue = DistributedQueue.of(conclave, arguments[1], Codec.utf8());
        switch (arguments[2]) {
            case "put" -> put(queue, arguments[3], Integer.parseInt(arguments[4]));
            case "consume" -> consume(queue);
            case "hold" -> {
                Claim<String> claim = queue.take();
                say("GOT " + claim.value() + " " + claim.delivery());
                consume(queue, Integer.MAX_VALUE);
            }
            case "wait" -> {
                say("READY");
                queue.take();
            }
            case "block" -> {
                DistributedQueue<String> bounded = DistributedQueue.builder(conclave, arguments[1], Codec.utf8())
                        .capacity(Integer.parseInt(arguments[3]))
                        .build();
                while (bounded.tryPut("filler")) {
                    say("PUT filler");
                }
                say("READY");
                bounded.put("blocked");
            }
            default -> throw new IllegalArgumentException("role '" + arguments[2] + "'");
        }
        conclave.close();
        System.exit(0);
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void put(DistributedQueue<String> queue, String prefix, int count) {
        for (int i = 0; i < count; i += PUTS_IN_FLIGHT) {
            List<CompletableFuture<?>> puts = new ArrayList<>();
            for (int j = i; j < Math.min(count, i + PUTS_IN_FLIGHT); j++) {
                String value = prefix + j;
                puts.add(queue.putAsync(value).thenRun(() -> say("PUT " + value)));
            }
            CompletableFuture.allOf(puts.toArray(CompletableFuture[]::new)).join();
        }
        say("READY");
    }

    private static void consume(DistributedQueue<String> queue) throws InterruptedException {
        say("READY");
        while (true) {
            Claim<String> claim = queue.take();
            String item = claim.value() + " " + claim.delivery();
            say("GOT " + item);
            try {
                claim.complete();
                say("DONE " + item);
            } catch (GrantLostException | OutcomeUnknownException lost) {
                say("LOST " + item); // the session ended although nobody killed us: a machine that stood still
            }
        }
    }

    private static void consume(DistributedQueue<String> queue, int millis) throws InterruptedException {
        say("READY " + queue.path());
        Thread.currentThread().join(millis); // for ever: until it is killed
    }

    private static void endWithInput() {
        try {
            while (System.in.read() >= 0) {
                say("ENDING");
                System.exit(0);
            }
        } catch (java.io.IOException closed) {
            say("no more orders: " + closed.getMessage());
        }
        Runtime.getRuntime().halt(0);
    }
}
