package io.conclave.config;

/**
 * Hears the changes of one key: on the user's executor, in order, never two calls at a time.
 *
 * @param <T> the type of the value
 */
@FunctionalInterface
public interface ConfigListener<T> {
    /** The value is another one. Of several changes in a row only the last may be told; a key that was removed is told with its default. */
    void onChange(T before, T now);

    /** What is stored now cannot be read: the value before stays in use. */
    default void onUnreadable(RuntimeException why) {}
}
