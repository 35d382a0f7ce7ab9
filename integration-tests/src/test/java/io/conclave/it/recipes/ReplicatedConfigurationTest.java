package io.conclave.it.recipes;

final class ReplicatedConfigurationTest extends ConfigurationSuite {
    ReplicatedConfigurationTest() {
        super(Store.REPLICATED);
    }
}
