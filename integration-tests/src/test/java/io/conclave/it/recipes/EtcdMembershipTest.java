package io.conclave.it.recipes;

final class EtcdMembershipTest extends MembershipSuite {
    EtcdMembershipTest() {
        super(Store.ETCD);
    }
}
