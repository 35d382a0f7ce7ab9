package io.conclave.config;

import io.conclave.Conclave;
import io.conclave.Registration;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * Settings below one path of the store, with a copy in memory that follows it. Thread-safe.
 *
 * <p><b>Guaranteed:</b> {@link #get} answers at once, from the copy, with the stored value or the default; a stored value that cannot be read takes nothing down: the last one that could be read
 * stays, and {@link #unreadable()} tells. A write that compares is done only if the store still has what was read, at most once. Changes in one {@link #update()} are made
 * together.
 *
 * <p><b>Not guaranteed:</b> that several {@link #get} show one moment: for that {@link #snapshot}, where the backend can. On ZooKeeper, that a value that was removed and made anew, and then written as often
 * as before, is told apart by a write that compares.
 */
public interface Configuration extends AutoCloseable {

    /** The configuration at this path. Begins to follow the store at once; until it has, {@link #get} answers defaults. */
    static Configuration of(Conclave conclave, String path) {
        return new CachedConfiguration(conclave, path);
    }

    /** Where it stands. */
    String path();

    /**
     * Waits until the stored values are known. Refused in callbacks.
     *
     * @throws TimeoutException if they are not by then; it is tried further all the same
     */
    void awaitLoaded(Duration wait) throws InterruptedException, TimeoutException;

    /** The value from the copy, or the default. No network. */
    <T> T get(ConfigKey<T> key);

    /** The value from the copy, with its version. No network. */
    <T> ConfigValue<T> value(ConfigKey<T> key);

    /** Which keys hold what could not be read when they were last asked for, and why. */
    Map<String, RuntimeException> unreadable();

    /** Several values, read from the store together. Waits at most the call time-out; refused in callbacks. */
    ConfigSnapshot snapshot(ConfigKey<?>... keys) throws InterruptedException;

    /** Gives the key this value. One commit if the copy is up to date, else a second. Waits as {@link ConfigUpdate#apply()}. */
    <T> void publish(ConfigKey<T> key, T value) throws InterruptedException;

    /** Gives the key this value if the store still has the one that was read; false if not. Waits as {@link ConfigUpdate#apply()}. */
    default <T> boolean publish(ConfigValue<T> read, T value) throws InterruptedException {
        return update().replace(read, value).apply();
    }

    /** Begins several changes that are made together. */
    ConfigUpdate update();

    /** Hears the changes of a key. */
    <T> Registration onChange(ConfigKey<T> key, ConfigListener<T> listener);

    /** Why the store cannot be followed at present, if the reason may not pass by itself. */
    Optional<Throwable> failure();

    /** Stops following; what was read can still be asked for. Idempotent. */
    @Override
    void close();
}
