package io.conclave.histories;

import java.util.List;
import java.util.Random;

/** A counter. */
final class CounterSubject extends Subject {
    private long value;

    CounterSubject(Random random, String bug) {
        super(random, bug);
    }

    @Override
    Request next(String client) {
        return random.nextInt(3) == 0
                ? new Request(client, "get", List.of())
                : new Request(client, "add", List.of(Integer.toString(1 + random.nextInt(3))));
    }

    @Override
    String apply(Request request) {
        if (request.verb().equals("get")) {
            return Long.toString(slips("old value read") ? value - 1 : value);
        }
        long delta = Long.parseLong(request.arguments().get(0));
        if (slips("update lost")) {
            return Long.toString(value + delta);
        }
        value += delta;
        if (slips("added twice")) {
            value += delta;
            return Long.toString(value - delta);
        }
        if (slips("failed addition applied")) {
            return FAILED;
        }
        return random.nextInt(4) == 0 ? DONE : Long.toString(slips("told the value before") ? value - delta : value);
    }
}
