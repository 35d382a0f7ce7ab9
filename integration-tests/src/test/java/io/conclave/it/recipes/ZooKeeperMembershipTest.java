package io.conclave.it.recipes;

final class ZooKeeperMembershipTest extends MembershipSuite {
    ZooKeeperMembershipTest() {
        super(Store.ZOOKEEPER);
    }
}
