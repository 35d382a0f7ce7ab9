package io.conclave.it.recipes;

final class EmbeddedSemaphoreLostReplyTest extends SemaphoreLostReplySuite {
    EmbeddedSemaphoreLostReplyTest() {
        super(Store.EMBEDDED);
    }
}
