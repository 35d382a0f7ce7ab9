package io.conclave.it.recipes;

final class ReplicatedBarrierKillTest extends BarrierKillSuite {
    ReplicatedBarrierKillTest() {
        super(Store.REPLICATED);
    }
}
