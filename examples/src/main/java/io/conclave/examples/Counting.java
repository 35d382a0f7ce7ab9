package io.conclave.examples;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.counter.DistributedCounter;
import io.conclave.counter.SharedValue;
import io.conclave.counter.VersionedValue;
import java.util.Optional;
import java.util.function.Consumer;

/** Numbers and values that many processes change. */
public final class Counting {
    private Counting() {}

    /** The next number of an order: no other process ever gets it. */
    public static long nextOrderNumber(Conclave conclave) throws InterruptedException {
        // snippet:counter
        DistributedCounter numbers =
                DistributedCounter.of(conclave, "/counters/orders"); // keep it: it knows the version
        long number = numbers.increment(); // applied once, also if the answer is lost
        // end
        return number;
    }

    /** Sets the limit if nobody else has changed it meanwhile. */
    public static boolean raiseLimit(Conclave conclave, int by) throws InterruptedException {
        // snippet:try
        SharedValue<Integer> limit = SharedValue.of(conclave, "/settings/limit", Codec.ints());
        Optional<VersionedValue<Integer>> now = limit.get();
        int raised = now.map(VersionedValue::value).orElse(0) + by;
        boolean done = limit.trySet(now.map(VersionedValue::version).orElse(0L), raised)
                .isPresent(); // 0: if there is none
        // end
        return done;
    }

    /** Hears the limit now, and whenever it changes. */
    public static Registration followLimit(Conclave conclave, Consumer<Integer> apply) {
        SharedValue<Integer> limit = SharedValue.of(conclave, "/settings/limit", Codec.ints());
        // snippet:listener
        return limit.addListener(now -> now.map(VersionedValue::value).ifPresent(apply)); // the present one at once
        // end
    }
}
