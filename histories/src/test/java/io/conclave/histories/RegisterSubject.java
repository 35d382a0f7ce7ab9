package io.conclave.histories;

import java.util.List;
import java.util.Random;

/** A register of numbers; few, so that values come again. */
final class RegisterSubject extends Subject {
    private static final int VALUES = 5;

    private final boolean compares;
    private String value = "";
    private String before = "";
    private String late;

    RegisterSubject(Random random, String bug, boolean compares) {
        super(random, bug);
        this.compares = compares;
    }

    @Override
    Request next(String client) {
        int kind = random.nextInt(compares ? 4 : 2);
        if (kind == 0) {
            return new Request(client, "read", List.of());
        }
        return kind == 1
                ? new Request(client, "write", List.of(any()))
                : new Request(client, "cas", List.of(random.nextInt(3) > 0 ? value : any(), any()));
    }

    private String any() {
        return Integer.toString(random.nextInt(VALUES));
    }

    @Override
    String apply(Request request) {
        if (late != null && random.nextInt(3) == 0) {
            set(late);
            late = null;
        }
        return switch (request.verb()) {
            case "read" -> slips("stale read") ? before : value;
            case "write" -> write(request.arguments().get(0));
            default ->
                compareAndSet(request.arguments().get(0), request.arguments().get(1));
        };
    }

    private String write(String to) {
        if (slips("write lost")) {
            return DONE;
        }
        if (slips("write late")) {
            late = to;
            return DONE;
        }
        set(to);
        return slips("failed write applied") ? FAILED : DONE;
    }

    private String compareAndSet(String expected, String to) {
        boolean equal = value.equals(expected);
        if (equal && slips("cas refused for nothing")) {
            return "false";
        }
        if (equal && slips("cas told but not done")) {
            return "true";
        }
        if (equal || slips("cas does not compare")) {
            set(to);
            return "true";
        }
        return "false";
    }

    private void set(String to) {
        before = value;
        value = to;
    }
}
