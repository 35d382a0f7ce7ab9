package io.conclave.histories;

import org.jspecify.annotations.Nullable;

/**
 * What an object does when operations come one at a time.
 *
 * @param <S> its states: immutable, equal when they behave alike
 */
public interface Model<S> {
    /** Its name in reports, and in {@link Models#named}. */
    String name();

    /** The state before all operations. */
    S initial();

    /**
     * What an operation does. It may depend on verb, arguments and result, and on nothing else: operations that agree in the three must be interchangeable. Never asked of one that failed.
     *
     * @throws IllegalArgumentException if the model knows no such operation; the message says why
     */
    Step<S> step(Operation operation);

    /** An operation, understood. */
    @FunctionalInterface
    interface Step<S> {
        /** The state after it, or null if it cannot be done here, or not with this result. */
        @Nullable
        S from(S state);
    }
}
