package io.conclave.it.recipes;

final class EmbeddedMultiLockTest extends MultiLockSuite {
    EmbeddedMultiLockTest() {
        super(Store.EMBEDDED);
    }
}
