package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.conclave.backend.etcd.testing.EtcdServers;
import org.junit.jupiter.api.Test;

/** The demo checks itself; here only that it runs and is readable. */
class DemoTest {
    @Test
    void theStoryHoldsOnTheEmbeddedStore() {
        Run run = new Run().ownProcess().execute("demo");
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("fencing token", "The fenced account refuses it", "elsewhere:", "cleo leads", "was checked")
                .doesNotContain("\u001b");
        assertThat(run.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(120));
    }

    @Test
    void theStoryHoldsOnEtcd() {
        try (EtcdServers servers = EtcdServers.one()) {
            Run run = Run.of("--backend", servers.url("demo"), "demo", "--fast");
            assertThat(run.err()).isEmpty();
            assertThat(run.exitCode()).isZero();
            assertThat(run.out()).contains("kill -STOP", "The fenced account refuses it", "cleo leads", "was checked");
        }
    }

    @Test
    void asJsonItIsOneDocument() {
        Run run = Run.of("--json", "demo");
        JsonNode json = run.json();
        assertThat(run.out().lines()).hasSize(1);
        assertThat(json.get("holds").asBoolean()).isTrue();
        assertThat(json.get("nextToken").asLong())
                .isGreaterThan(json.get("pausedToken").asLong());
        assertThat(json.get("told").size()).isGreaterThan(10);
    }
}
