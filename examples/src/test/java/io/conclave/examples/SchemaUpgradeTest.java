package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.lock.FencedLock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SchemaUpgradeTest {
    private static final Duration WAIT = Duration.ofSeconds(10);

    @Test
    void theHolderWritesAndRecordsOnce() throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:")) {
            SchemaUpgrade.recordVersion(conclave, 41);
            assertThat(read(conclave, "/schema/version")).isEqualTo("41");
            try (FencedGrant grant = FencedLock.of(conclave, "/locks/schema").acquire(WAIT)) {
                assertThat(SchemaUpgrade.recordOnce(grant, 42)).isTrue();
                assertThat(SchemaUpgrade.recordOnce(grant, 42)).isFalse();
                assertThat(grant.isValid()).isTrue();
            }
            assertThat(conclave.nodes().children("/schema/log")).containsExactly("42");
        }
    }

    @Test
    void anEvictedHolderWritesNothing() throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:")) {
            SchemaUpgrade.recordVersion(conclave, 41);
            FencedGrant grant = FencedLock.of(conclave, "/locks/schema").acquire(WAIT);
            assertThat(conclave.contenders("/locks/schema").evict(grant.fencingToken()))
                    .isTrue();
            assertThatThrownBy(() -> grant.write("/schema/version", new byte[] {'9'}))
                    .isInstanceOf(GrantLostException.class);
            assertThat(read(conclave, "/schema/version")).isEqualTo("41");
        }
    }

    private static String read(Conclave conclave, String path) throws InterruptedException {
        return conclave.nodes().get(path).orElseThrow().data().asUtf8();
    }
}
