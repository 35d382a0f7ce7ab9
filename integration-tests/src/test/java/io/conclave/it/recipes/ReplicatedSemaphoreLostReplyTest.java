package io.conclave.it.recipes;

final class ReplicatedSemaphoreLostReplyTest extends SemaphoreLostReplySuite {
    ReplicatedSemaphoreLostReplyTest() {
        super(Store.REPLICATED);
    }
}
