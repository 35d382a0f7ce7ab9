package io.conclave.it.recipes;

final class EmbeddedConfigurationTest extends ConfigurationSuite {
    EmbeddedConfigurationTest() {
        super(Store.EMBEDDED);
    }
}
