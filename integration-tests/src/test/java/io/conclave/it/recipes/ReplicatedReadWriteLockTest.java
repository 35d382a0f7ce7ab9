package io.conclave.it.recipes;

final class ReplicatedReadWriteLockTest extends ReadWriteLockSuite {
    ReplicatedReadWriteLockTest() {
        super(Store.REPLICATED);
    }
}
