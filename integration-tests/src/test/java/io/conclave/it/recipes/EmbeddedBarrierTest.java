package io.conclave.it.recipes;

final class EmbeddedBarrierTest extends BarrierSuite {
    EmbeddedBarrierTest() {
        super(Store.EMBEDDED);
    }
}
