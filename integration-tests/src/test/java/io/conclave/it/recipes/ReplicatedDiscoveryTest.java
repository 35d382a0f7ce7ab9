package io.conclave.it.recipes;

final class ReplicatedDiscoveryTest extends DiscoverySuite {
    ReplicatedDiscoveryTest() {
        super(Store.REPLICATED);
    }
}
