package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.MultiGrant;
import io.conclave.lock.MultiLock;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Moves something between two accounts, each of which has a lock. */
public final class Transfer {
    private Transfer() {}

    /** What is done at an account, by its own lock's token. */
    public interface Account {
        /** Adds the amount, which may be negative. */
        void add(long amount, long fencingToken);
    }

    /** Moves the amount. Two transfers in opposite directions do not dead-lock. */
    public static void move(Conclave conclave, String from, Account source, String to, Account target, long amount)
            throws InterruptedException, TimeoutException {
        // snippet:both
        DistributedLock one = DistributedLock.of(conclave, "/accounts/" + from);
        DistributedLock other = DistributedLock.of(conclave, "/accounts/" + to);
        try (MultiGrant both = MultiLock.of(one, other).acquire(Duration.ofSeconds(10))) { // all or none
            source.add(-amount, both.of(one).fencingToken());
            target.add(amount, both.of(other).fencingToken());
        }
        // end
    }
}
