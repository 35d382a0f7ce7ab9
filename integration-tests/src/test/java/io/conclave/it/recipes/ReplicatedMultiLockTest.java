package io.conclave.it.recipes;

final class ReplicatedMultiLockTest extends MultiLockSuite {
    ReplicatedMultiLockTest() {
        super(Store.REPLICATED);
    }
}
