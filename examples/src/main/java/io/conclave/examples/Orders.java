package io.conclave.examples;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedDelayQueue;
import io.conclave.queue.DistributedPriorityQueue;
import io.conclave.queue.DistributedQueue;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Orders that wait to be shipped. */
public final class Orders {
    private Orders() {}

    /** Puts an order, and a few more together. */
    public static void put(Conclave conclave, String order, List<String> more) throws InterruptedException {
        // snippet:put
        try (DistributedQueue<String> orders = DistributedQueue.of(conclave, "/queues/orders", Codec.utf8())) {
            orders.put(order); // it is in the store when this returns
            orders.putAll(more); // up to 90 in one commit: all or none
        }
        // end
    }

    /** Ships one order, at least once. */
    public static void shipOne(Conclave conclave, Consumer<String> ship) throws InterruptedException {
        // snippet:take
        try (DistributedQueue<String> orders = DistributedQueue.of(conclave, "/queues/orders", Codec.utf8());
                Claim<String> order = orders.take()) { // nobody else gets it while this session lives
            ship.accept(order.value());
            order.complete(); // now it is gone; without this, close() gives it back
        }
        // end
    }

    /** Ships one order and keeps the receipt in the store, exactly once. */
    public static boolean shipOnce(Conclave conclave, Claim<String> order, Function<String, String> receipt)
            throws InterruptedException {
        // snippet:once
        NodePath path = NodePath.of("/receipts/" + order.id());
        Payload data = Payload.utf8(receipt.apply(order.value()));
        CommitResult result = order.complete(parts -> parts.write(Write.create(path, data, CreateMode.PERSISTENT)));
        return result instanceof CommitResult.Applied; // the receipt is there, and the order is gone: both or neither
        // end
    }

    /** Producers that must not run ahead of consumers. */
    public static DistributedQueue<String> bounded(Conclave conclave) {
        // snippet:bounded
        return DistributedQueue.builder(conclave, "/queues/imports", Codec.utf8())
                .capacity(1_000) // whoever puts: put waits for room, tryPut says no
                .prefetch(1) // share long work evenly
                .maxDeliveries(5) // then it is a dead letter: deadLetters(), putBack, discard
                .build();
        // end
    }

    /** The other orders in which items can come. */
    public static void others(Conclave conclave) throws InterruptedException {
        // snippet:ranked
        try (DistributedPriorityQueue<String> byPriority =
                        DistributedPriorityQueue.of(conclave, "/queues/calls", Codec.utf8());
                DistributedDelayQueue<String> later =
                        DistributedDelayQueue.of(conclave, "/queues/reminders", Codec.utf8())) {
            byPriority.put("call back", 10); // 0 comes first, 255 last
            later.put("remind", Duration.ofMinutes(30)); // by the wall clocks of producer and consumer
        }
        // end
    }
}
