package io.conclave.it.recipes;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.barrier.DistributedBarrier;
import io.conclave.barrier.DistributedCountDownLatch;
import io.conclave.barrier.DistributedCyclicBarrier;
import io.conclave.barrier.DoubleBarrier;
import io.conclave.counter.DistributedCounter;
import io.conclave.counter.SharedValue;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;

/** A process that stands at every kind of barrier in every state, counts, and changes a value, until it is killed. Argument: the URL. */
final class BarrierMember {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration START = Duration.ofSeconds(60);

    private BarrierMember() {}

    public static void main(String[] arguments) throws Exception {
        Conclave conclave = Conclave.builder(arguments[0]).connectTimeout(START).connect();
        play("gate", () -> {
            DistributedBarrier.of(conclave, "/gate").await(LONG);
            return null;
        });
        play("latch", () -> {
            DistributedCountDownLatch.of(conclave, "/latch", 2).await(LONG);
            return null;
        });
        play("cyclic", () -> DistributedCyclicBarrier.of(conclave, "/cyclic", 3).await(LONG));
        play("entering", () -> DoubleBarrier.of(conclave, "/entering", 3).enter(LONG));
        play("inside", () -> DoubleBarrier.of(conclave, "/inside", 3).enter(LONG));
        play("leaving", () -> {
            DoubleBarrier.of(conclave, "/leaving", 3).enter(LONG).leave(LONG);
            return null;
        });
        play("counting", () -> {
            DistributedCounter counter = DistributedCounter.of(conclave, "/counter");
            while (counter.get() >= 0) {
                System.out.println("added " + counter.increment());
            }
            return null;
        });
        play("valuing", () -> {
            SharedValue<String> value = SharedValue.of(conclave, "/value", Codec.utf8());
            while (value.get().isPresent()) {
                System.out.println("valued " + value.update(BarrierMember::next).value());
            }
            return null;
        });
        Thread.currentThread().join(); // until it is killed
    }

    /** The next number, as text. */
    static String next(Optional<String> value) {
        return Long.toString(Long.parseLong(value.orElseThrow()) + 1);
    }

    private static void play(String role, Callable<?> call) {
        Thread thread = new Thread(
                () -> {
                    try {
                        System.out.println(role + " begins");
                        System.out.println(role + " got " + call.call());
                    } catch (Exception failure) {
                        System.out.println(role + " failed: " + failure);
                    }
                },
                role);
        thread.setDaemon(true);
        thread.start();
    }
}
