package io.conclave.histories;

import org.jspecify.annotations.Nullable;

/** What models ask of the operations that they are given. */
final class Arguments {
    private Arguments() {}

    static void count(Operation operation, int count) {
        if (operation.arguments().size() != count) {
            throw new IllegalArgumentException(
                    operation + " has " + operation.arguments().size() + " arguments, not " + count);
        }
    }

    static void none(Operation operation) {
        count(operation, 0);
    }

    static String only(Operation operation) {
        count(operation, 1);
        return operation.arguments().get(0);
    }

    static long number(Operation operation, @Nullable String text) {
        try {
            if (text != null) {
                return Long.parseLong(text);
            }
        } catch (NumberFormatException notOne) {
            throw new IllegalArgumentException(operation + ": '" + text + "' is no number", notOne);
        }
        throw new IllegalArgumentException(operation + " has no number as its result");
    }

    static IllegalArgumentException unknownVerb(Model<?> model, Operation operation) {
        return new IllegalArgumentException(
                operation + ": the model " + model.name() + " knows no '" + operation.verb() + "'");
    }
}
