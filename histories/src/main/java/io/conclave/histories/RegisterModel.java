package io.conclave.histories;

/** See {@link Models#register()} and {@link Models#casRegister()}. */
final class RegisterModel implements Model<String> {
    private final boolean compares;

    RegisterModel(boolean compares) {
        this.compares = compares;
    }

    @Override
    public String name() {
        return compares ? "cas-register" : "register";
    }

    @Override
    public String initial() {
        return "";
    }

    @Override
    public Step<String> step(Operation operation) {
        String result = operation.result();
        return switch (operation.verb()) {
            case "write" -> {
                String value = Arguments.only(operation);
                yield state -> value;
            }
            case "read" -> {
                Arguments.none(operation);
                yield state -> result == null || result.equals(state) ? state : null;
            }
            case "cas" -> compareAndSet(operation);
            default -> throw Arguments.unknownVerb(this, operation);
        };
    }

    /** One that tells no result set the value: it would have had nothing to do otherwise. */
    private Step<String> compareAndSet(Operation operation) {
        if (!compares) {
            throw Arguments.unknownVerb(this, operation);
        }
        Arguments.count(operation, 2);
        String expected = operation.arguments().get(0);
        String value = operation.arguments().get(1);
        if ("false".equals(operation.result())) {
            return state -> state.equals(expected) ? null : state;
        }
        return state -> state.equals(expected) ? value : null;
    }
}
