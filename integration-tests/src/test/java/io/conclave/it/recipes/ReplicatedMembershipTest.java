package io.conclave.it.recipes;

final class ReplicatedMembershipTest extends MembershipSuite {
    ReplicatedMembershipTest() {
        super(Store.REPLICATED);
    }
}
