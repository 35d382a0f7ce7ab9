package io.conclave.it.recipes;

final class EmbeddedDiscoveryTest extends DiscoverySuite {
    EmbeddedDiscoveryTest() {
        super(Store.EMBEDDED);
    }
}
