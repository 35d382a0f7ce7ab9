package io.conclave.fencing;

/**
 * Stands before a resource and refuses old fencing tokens. It keeps two marks per resource: the largest exclusive and the largest shared token that was let in.
 *
 * <p>{@link #enterExclusive} needs a token not below either mark, and raises the exclusive one; {@link #enterShared} (read locks) needs a token not below the exclusive
 * mark, and raises only the shared one. Ask it on every operation, reads too, <em>before</em> touching the resource and, where possible, in the same transaction: a gate that is
 * asked only on writes lets an old holder overwrite from what it read before.
 *
 * <p>Thread-safe as far as its {@link MarkStore} is. Tokens are those of one lock path; do not mix paths at one resource.
 */
public final class FencingGate {
    private static final int ATTEMPTS_MAX = 1_000;

    private final String resource;
    private final MarkStore store;

    private FencingGate(String resource, MarkStore store) {
        this.resource = resource;
        this.store = store;
    }

    /** A gate whose marks are kept where the resource is, and as durably. */
    public static FencingGate of(String resource, MarkStore store) {
        if (resource.isBlank()) {
            throw new IllegalArgumentException("the resource's name is blank");
        }
        return new FencingGate(resource, java.util.Objects.requireNonNull(store, "store"));
    }

    /** A gate that forgets its marks with the process: for resources that do so too. */
    public static FencingGate inMemory(String resource) {
        return of(resource, MarkStore.inMemory());
    }

    /**
     * Lets an exclusive holder in.
     *
     * @throws StaleTokenException if a later holder was let in before; nothing was changed
     * @throws IllegalArgumentException if the token is not positive
     */
    public void enterExclusive(long token) {
        raise(token, true);
    }

    /**
     * Lets a shared holder in.
     *
     * @throws StaleTokenException if a later exclusive holder was let in before; nothing was changed
     * @throws IllegalArgumentException if the token is not positive
     */
    public void enterShared(long token) {
        raise(token, false);
    }

    private void raise(long token, boolean exclusive) {
        if (token <= 0) {
            throw new IllegalArgumentException("fencing token " + token + " is not positive");
        }
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            Marks marks = store.read(resource);
            long least = exclusive ? Math.max(marks.exclusive(), marks.shared()) : marks.exclusive();
            if (token < least) {
                throw new StaleTokenException(resource, token, least);
            }
            Marks raised = exclusive
                    ? new Marks(token, marks.shared())
                    : new Marks(marks.exclusive(), Math.max(token, marks.shared()));
            if (raised.equals(marks) || store.replace(resource, marks, raised)) {
                return;
            }
        }
        throw new IllegalStateException(
                "the marks of " + resource + " could not be raised: the store refused " + ATTEMPTS_MAX + " times");
    }
}
