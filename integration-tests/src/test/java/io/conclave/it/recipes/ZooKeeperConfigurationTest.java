package io.conclave.it.recipes;

final class ZooKeeperConfigurationTest extends ConfigurationSuite {
    ZooKeeperConfigurationTest() {
        super(Store.ZOOKEEPER);
    }
}
