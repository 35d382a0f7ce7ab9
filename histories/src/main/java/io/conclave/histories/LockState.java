package io.conclave.histories;

import org.jspecify.annotations.Nullable;

/**
 * The state of a lock.
 *
 * @param owner the holder, if there is one
 * @param highest the largest token given so far; 0 if none
 */
public record LockState(@Nullable String owner, long highest) {
    static final LockState FREE = new LockState(null, 0);

    boolean isHeldBy(String holder) {
        return holder.equals(owner);
    }

    @Override
    public String toString() {
        return (owner == null ? "free" : "held by " + owner) + (highest == 0 ? "" : ", highest token " + highest);
    }
}
