package io.conclave.it.recipes;

final class ReplicatedLockTest extends LockSuite {
    ReplicatedLockTest() {
        super(Store.REPLICATED);
    }
}
