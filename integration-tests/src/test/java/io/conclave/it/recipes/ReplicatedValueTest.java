package io.conclave.it.recipes;

final class ReplicatedValueTest extends ValueSuite {
    ReplicatedValueTest() {
        super(Store.REPLICATED);
    }
}
