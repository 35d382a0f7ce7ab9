package io.conclave.histories;

import org.jspecify.annotations.Nullable;

/** See {@link Models#lock()} and {@link Models#fencedLock()}. */
final class LockModel implements Model<LockState> {
    private final boolean fenced;

    LockModel(boolean fenced) {
        this.fenced = fenced;
    }

    @Override
    public String name() {
        return fenced ? "fenced-lock" : "lock";
    }

    @Override
    public LockState initial() {
        return LockState.FREE;
    }

    @Override
    public Step<LockState> step(Operation operation) {
        String holder = Arguments.only(operation);
        String result = operation.result();
        return switch (operation.verb()) {
            case "acquire" -> acquire(operation, holder);
            case "tryAcquire" ->
                "false".equals(result) ? state -> state.owner() == null ? null : state : acquire(operation, holder);
            case "release" -> state -> state.isHeldBy(holder) ? new LockState(null, state.highest()) : null;
            case "expire" -> state -> state.isHeldBy(holder) ? new LockState(null, state.highest()) : state;
            case "holds" -> "true".equals(result) ? state -> state.isHeldBy(holder) ? state : null : state -> state;
            default -> throw Arguments.unknownVerb(this, operation);
        };
    }

    private Step<LockState> acquire(Operation operation, String holder) {
        boolean told = fenced && operation.outcome() == Outcome.OK;
        long token = told ? Arguments.number(operation, operation.result()) : 0;
        return state -> after(state, holder, told, token);
    }

    /** A token that nobody was told is one above the highest, and below any that comes later: there is room. */
    private static @Nullable LockState after(LockState state, String holder, boolean told, long token) {
        if (state.owner() != null || (told && token <= state.highest())) {
            return null;
        }
        return new LockState(holder, told ? token : state.highest());
    }
}
