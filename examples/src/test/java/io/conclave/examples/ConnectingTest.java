package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.ConclaveBuilder;
import io.conclave.ConclaveObserver;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.lock.DistributedLock;
import io.conclave.spi.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ConnectingTest {
    @Test
    void theConfigurationNamesTheStore() throws Exception {
        String before = System.getProperty("conclave.backend");
        System.setProperty("conclave.backend", "inmemory:examples-configured");
        try (Conclave configured = Connecting.byConfiguration();
                Conclave named = Conclave.connect("inmemory:examples-configured")) {
            configured.nodes().set("/greeting", new byte[] {1});
            assertThat(named.nodes().get("/greeting")).isPresent();
        } finally {
            if (before == null) {
                System.clearProperty("conclave.backend");
            } else {
                System.setProperty("conclave.backend", before);
            }
            EmbeddedStore.discard("examples-configured");
        }
    }

    @Test
    void optionsReachTheConnection() throws Exception {
        AtomicInteger granted = new AtomicInteger();
        ConclaveObserver metrics = new ConclaveObserver() {
            @Override
            public void onGranted(String path, Duration waited) {
                granted.incrementAndGet();
            }
        };
        try (Conclave conclave = Connecting.withOptions("inmemory:", Runnable::run, metrics)) {
            assertThat(conclave.owner()).isEqualTo("billing@host-3");
            DistributedLock.of(conclave, "/locks/orders")
                    .acquire(Duration.ofSeconds(10))
                    .close();
            assertThat(granted).hasValue(1);
        }
    }

    @Test
    void whoCannotBeTrustedIsFoundOutBeforeAnythingIsSent() {
        Secret canary = Secret.of("canary-password");
        ConclaveBuilder options =
                Connecting.secured("zookeepers://localhost:1/app", Path.of("no-such-trust-store.p12"), canary, canary);
        assertThatThrownBy(options::connect)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no-such-trust-store.p12")
                .hasMessageNotContaining("canary");
    }
}
