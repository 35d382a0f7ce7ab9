package io.conclave.cli;

import io.conclave.backend.etcd.testing.EtcdServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** {@code lock}, {@code elect}, {@code holders}, {@code break} on etcd. */
class EtcdHoldingTest extends HoldingTest {
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
    void expireSessions(String namespace) {
        servers.admin(0).revokeAll(namespace);
    }
}
