package io.conclave.it.recipes;

final class EmbeddedReadWriteLockTest extends ReadWriteLockSuite {
    EmbeddedReadWriteLockTest() {
        super(Store.EMBEDDED);
    }
}
