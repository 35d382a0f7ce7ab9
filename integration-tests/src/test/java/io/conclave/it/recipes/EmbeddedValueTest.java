package io.conclave.it.recipes;

final class EmbeddedValueTest extends ValueSuite {
    EmbeddedValueTest() {
        super(Store.EMBEDDED);
    }
}
