package io.conclave.it.recipes;

final class ReplicatedSharingKillTest extends SharingKillSuite {
    ReplicatedSharingKillTest() {
        super(Store.REPLICATED);
    }
}
