package io.conclave.it.recipes;

final class EtcdConfigurationTest extends ConfigurationSuite {
    EtcdConfigurationTest() {
        super(Store.ETCD);
    }
}
