package io.conclave.it.recipes;

final class EmbeddedMembershipTest extends MembershipSuite {
    EmbeddedMembershipTest() {
        super(Store.EMBEDDED);
    }
}
