package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/**
 * Tells when there is no etcd server: an assumption that fails while a class or a factory of tests is prepared leaves no trace in the reports, so
 * the classes that need servers would go missing silently.
 */
class EtcdBinaryTest {
    @Test
    void thisMachineHasAnEtcdServer() {
        assertThat(Files.isExecutable(EtcdBinary.require())).isTrue();
    }
}
