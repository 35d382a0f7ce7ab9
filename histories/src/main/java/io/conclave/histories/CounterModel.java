package io.conclave.histories;

import org.jspecify.annotations.Nullable;

/** See {@link Models#counter()}. */
final class CounterModel implements Model<Long> {
    @Override
    public String name() {
        return "counter";
    }

    @Override
    public Long initial() {
        return 0L;
    }

    @Override
    public Step<Long> step(Operation operation) {
        String result = operation.result();
        @Nullable Long told = result == null ? null : Long.valueOf(Arguments.number(operation, result));
        return switch (operation.verb()) {
            case "add" -> {
                long delta = Arguments.number(operation, Arguments.only(operation));
                yield state -> accepted(state + delta, told);
            }
            case "get" -> {
                Arguments.none(operation);
                yield state -> accepted(state, told);
            }
            default -> throw Arguments.unknownVerb(this, operation);
        };
    }

    private static @Nullable Long accepted(Long state, @Nullable Long told) {
        return told == null || told.equals(state) ? state : null;
    }
}
