package io.conclave.it.recipes;

final class ReplicatedCacheTest extends CacheSuite {
    ReplicatedCacheTest() {
        super(Store.REPLICATED);
    }
}
