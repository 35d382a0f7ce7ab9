package io.conclave.backend.zookeeper;

import static io.conclave.backend.zookeeper.Fixture.applied;
import static io.conclave.backend.zookeeper.Fixture.await;
import static io.conclave.backend.zookeeper.Fixture.commit;
import static io.conclave.backend.zookeeper.Fixture.contender;
import static io.conclave.backend.zookeeper.Fixture.failureOf;
import static io.conclave.backend.zookeeper.Fixture.make;
import static io.conclave.backend.zookeeper.Fixture.path;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.Backend;
import io.conclave.spi.Commit;
import io.conclave.spi.Credentials;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Secret;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.WatchSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.DataTree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AccessTest {
    private TestServer server;

    @BeforeEach
    void start() {
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void withCredentialsEveryNodeIsForTheirUserAlone() throws Exception {
        Backend backend = Fixture.backend(server.port(), Credentials.password("alice", Secret.of("secret")));
        Session session = Fixture.session(backend);
        applied(commit(session, contender("/locks/deep/a")));
        applied(commit(session, make("/n/child", "1"), make("/n", "2")));
        applied(commit(session, Fixture.delete("/n")));
        DataTree tree = server.server().getZKDatabase().getDataTree();
        assertMine(tree, "/secured");
        assertThat(tree.getNode("/secured/.conclave/slots")).isNotNull();

        Backend bob = Fixture.backend(server.port(), Credentials.password("bob", Secret.of("secret")));
        assertThat(failureOf(bob.openSession(new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, Fixture.soon())))
                .isInstanceOf(AccessDeniedException.class);
        await(bob.closeAsync());
        await(backend.closeAsync());
    }

    private static void assertMine(DataTree tree, String at) throws Exception {
        assertThat(tree.getACL(at, new Stat()))
                .as("access list of " + at)
                .singleElement()
                .satisfies(acl -> {
                    assertThat(acl.getPerms()).isEqualTo(ZooDefs.Perms.ALL);
                    assertThat(acl.getId().getScheme()).isEqualTo("digest");
                    assertThat(acl.getId().getId()).startsWith("alice:");
                });
        for (String child : tree.getChildren(at, new Stat(), null)) {
            assertMine(tree, at + "/" + child);
        }
    }

    @Test
    void anothersNodesAreDeniedAndTheSessionGoesOn() {
        Backend alice = Fixture.backend(server.port(), Credentials.password("alice", Secret.of("secret")));
        applied(commit(Fixture.session(alice), make("/private", "1")));
        await(alice.closeAsync());
        Backend root = Fixture.backend("zookeeper://127.0.0.1:" + server.port());
        Session nobody = Fixture.session(root);
        assertThat(failureOf(nobody.read(
                        List.of(Query.get(path("/secured/private"))), ReadLevel.OWN_WRITES, Fixture.soon())))
                .isInstanceOf(AccessDeniedException.class);
        assertThat(failureOf(nobody.commit(Commit.builder(nobody.newOpId(), Fixture.soon())
                        .write(Fixture.put("/secured/private", "2"))
                        .build())))
                .isInstanceOf(AccessDeniedException.class);
        assertThat(failureOf(nobody.commit(Commit.builder(nobody.newOpId(), Fixture.soon())
                        .write(make("/secured/more", "2"))
                        .build())))
                .isInstanceOf(AccessDeniedException.class);
        assertThat(failureOf(nobody.watch(WatchSpec.gone(path("/secured/private"), 0), new Silent())
                        .active()))
                .isInstanceOf(AccessDeniedException.class);
        applied(commit(nobody, make("/public", "1")));
        await(root.closeAsync());
    }

    private static final class Silent implements io.conclave.spi.WatchListener {
        @Override
        public void onChange(WatchSpec.Kind kind, io.conclave.spi.NodePath path, long revision) {}

        @Override
        public void onResync(long revision) {}

        @Override
        public void onEnd(io.conclave.spi.BackendException why) {}
    }

    @Test
    void aSecretIsNowhereInWhatTheClientLogs() throws IOException {
        Path output = Files.createTempFile(Path.of("target"), "canary", ".log");
        try (ChildProcess client = new ChildProcess(
                output,
                Map.of("org.slf4j.simpleLogger.defaultLogLevel", "trace"),
                CanaryClient.class,
                Integer.toString(server.port()))) {
            assertThat(client.exit()).isZero();
        }
        String logged = Files.readString(output);
        assertThat(logged).contains("done").contains("DEBUG").doesNotContain(CanaryClient.SECRET);
    }
}
