package io.conclave.cli;

import io.conclave.backend.inmemory.Ensemble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Plain nodes, ping and epoch on a replicated store. */
class ReplicatedNodeCommandsTest extends NodeCommandsTest {
    private static Ensemble ensemble;

    @BeforeAll
    static void start() throws InterruptedException {
        ensemble = Ensemble.start(3);
    }

    @AfterAll
    static void stop() {
        if (ensemble != null) {
            ensemble.close();
        }
    }

    @Override
    String backend(String namespace) {
        return ensemble.url("/" + namespace);
    }

    @Override
    String durability() {
        return "REPLICATED";
    }
}
