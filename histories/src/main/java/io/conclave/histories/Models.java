package io.conclave.histories;

import java.util.List;

/** The models that there are. */
public final class Models {
    private Models() {}

    /** A register that holds a text, the empty one at first: {@code write(v)}; {@code read()} → the text. */
    public static Model<String> register() {
        return new RegisterModel(false);
    }

    /** A register with, besides, {@code cas(expected, v)} → {@code true} or {@code false}. */
    public static Model<String> casRegister() {
        return new RegisterModel(true);
    }

    /** A counter that begins at 0: {@code add(n)} → the new value, or no result; {@code get()} → the value. */
    public static Model<Long> counter() {
        return new CounterModel();
    }

    /**
     * A lock. Each acquire names a holder that is used for no other.
     *
     * <ul>
     *   <li>{@code acquire(holder)}; {@code tryAcquire(holder)} → {@code true} or, if somebody else had it, {@code false}
     *   <li>{@code release(holder)}: only of a lock that it holds; {@code expire(holder)}: if it holds it, else nothing
     *   <li>{@code holds(holder)} → {@code true}: it held the lock at some moment of the call, as a guarded write proves, or claims to; {@code false} says nothing about the lock
     * </ul>
     */
    public static Model<LockState> lock() {
        return new LockModel(false);
    }

    /** The same with fencing tokens: {@code acquire} and a successful {@code tryAcquire} have as their result a number that is larger than all earlier ones. */
    public static Model<LockState> fencedLock() {
        return new LockModel(true);
    }

    /** All of them. */
    public static List<Model<?>> all() {
        return List.of(register(), casRegister(), counter(), lock(), fencedLock());
    }

    /**
     * The model of this name.
     *
     * @throws IllegalArgumentException if there is none; the message lists them
     */
    public static Model<?> named(String name) {
        List<Model<?>> all = all();
        return all.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no model is called '" + name + "'; there are "
                        + String.join(", ", all.stream().map(Model::name).toList())));
    }
}
