package io.conclave.it.recipes;

final class ReplicatedBarrierTest extends BarrierSuite {
    ReplicatedBarrierTest() {
        super(Store.REPLICATED);
    }
}
