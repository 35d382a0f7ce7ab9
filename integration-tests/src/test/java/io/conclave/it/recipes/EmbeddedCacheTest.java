package io.conclave.it.recipes;

final class EmbeddedCacheTest extends CacheSuite {
    EmbeddedCacheTest() {
        super(Store.EMBEDDED);
    }
}
