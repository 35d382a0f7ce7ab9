package io.conclave.queue;

import io.conclave.UnreadableDataException;
import java.util.function.Supplier;

/**
 * An item that was delivered too often.
 *
 * @param <T> the type of the item
 */
public final class DeadLetter<T> {
    private final String id;
    private final Supplier<T> value;

    DeadLetter(String id, Supplier<T> value) {
        this.id = id;
        this.value = value;
    }

    /** Names the item, as {@link Claim#id()} did. */
    public String id() {
        return id;
    }

    /**
     * What was put.
     *
     * @throws UnreadableDataException if the codec cannot read it, which may be why it is dead
     */
    public T value() {
        return value.get();
    }

    @Override
    public String toString() {
        return "DeadLetter[" + id + "]";
    }
}
