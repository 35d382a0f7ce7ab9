package io.conclave.cli;

import io.conclave.backend.etcd.testing.EtcdServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Plain nodes, ping and epoch on etcd. */
class EtcdNodeCommandsTest extends NodeCommandsTest {
    private static EtcdServers servers;

    @BeforeAll
    static void start() {
        servers = EtcdServers.one();
    }

    @AfterAll
    static void stop() {
        if (servers != null) {
            servers.close();
        }
    }

    @Override
    String backend(String namespace) {
        return servers.url(namespace);
    }

    @Override
    String durability() {
        return "REPLICATED";
    }
}
