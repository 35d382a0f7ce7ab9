package io.conclave.backend.zookeeper;

import static io.conclave.backend.zookeeper.Fixture.applied;
import static io.conclave.backend.zookeeper.Fixture.await;
import static io.conclave.backend.zookeeper.Fixture.commit;
import static io.conclave.backend.zookeeper.Fixture.failureOf;
import static io.conclave.backend.zookeeper.Fixture.make;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Secret;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.TlsOptions;
import io.conclave.spi.UnavailableException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * TLS as each client's own matter: the server is another process, and no system property of this one says anything about TLS. The server's
 * certificate is for {@code localhost} and not for {@code 127.0.0.1}, and it asks clients for theirs.
 */
class TlsTest {
    private static final String PASSWORD = "changeit-please";
    private static Path home;
    private static ChildProcess server;
    private static int port;

    @BeforeAll
    static void startServer() throws IOException {
        home = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "tls-");
        identity("server", "SAN=dns:localhost");
        identity("client", "SAN=dns:client.example");
        identity("stranger", "SAN=dns:localhost");
        trust("server-trusts", "client");
        trust("client-trusts", "server");
        trust("trusts-stranger", "stranger");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = Files.writeString(
                home.resolve("zoo.cfg"),
                String.join(
                        "\n",
                        "dataDir=" + home.resolve("data"),
                        "tickTime=200",
                        "secureClientPort=" + port,
                        "secureClientPortAddress=127.0.0.1",
                        "admin.enableServer=false",
                        "ssl.keyStore.location=" + store("server"),
                        "ssl.keyStore.password=" + PASSWORD,
                        "ssl.trustStore.location=" + store("server-trusts"),
                        "ssl.trustStore.password=" + PASSWORD,
                        ""));
        server = new ChildProcess(
                home.resolve("server.log"),
                Map.of("zookeeper.serverCnxnFactory", "org.apache.zookeeper.server.NettyServerCnxnFactory"),
                ZooKeeperServerMain.class,
                config.toString());
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    private static Path store(String name) {
        return home.resolve(name + ".p12");
    }

    private static void identity(String name, String alternative) {
        ChildProcess.tool(
                home.resolve("keytool.log"),
                "keytool",
                "-genkeypair",
                "-alias",
                name,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + name,
                "-ext",
                alternative,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store(name).toString(),
                "-storepass",
                PASSWORD);
        ChildProcess.tool(
                home.resolve("keytool.log"),
                "keytool",
                "-exportcert",
                "-alias",
                name,
                "-file",
                home.resolve(name + ".crt").toString(),
                "-keystore",
                store(name).toString(),
                "-storepass",
                PASSWORD);
    }

    private static void trust(String store, String whom) {
        ChildProcess.tool(
                home.resolve("keytool.log"),
                "keytool",
                "-importcert",
                "-noprompt",
                "-alias",
                whom,
                "-file",
                home.resolve(whom + ".crt").toString(),
                "-storetype",
                "PKCS12",
                "-keystore",
                store(store).toString(),
                "-storepass",
                PASSWORD);
    }

    private static Backend client(String host, int at, String trustStore, Optional<String> keyStore) {
        TlsOptions tls = new TlsOptions(
                store(trustStore),
                Optional.of(Secret.of(PASSWORD)),
                keyStore.map(TlsTest::store),
                keyStore.map(name -> Secret.of(PASSWORD)));
        BackendUrl url = BackendUrl.parse("zookeepers://" + host + ":" + at + "/tls");
        return await(new ZooKeeperBackendProvider()
                .connect(new BackendConfig(
                        url, Fixture.TIME, Fixture.soon(), false, Optional.empty(), Optional.of(tls))));
    }

    private static void assertUnreachable(Backend backend) {
        assertThat(failureOf(backend.openSession(
                        new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, Fixture.in(Duration.ofSeconds(2)))))
                .isInstanceOf(UnavailableException.class)
                .message()
                .doesNotContain(PASSWORD);
        await(backend.closeAsync());
    }

    /** Once this has passed, the server is up. */
    private static void assertWorks() {
        Backend backend = client("localhost", port, "client-trusts", Optional.of("client"));
        Session session = Fixture.session(backend);
        applied(commit(session, make("/n-" + session.id(), "1")));
        await(backend.closeAsync());
    }

    @Test
    void aClientWithItsCertificateWorks() {
        assertWorks();
    }

    @Test
    void aServerOfAnotherNameIsNotTrusted() {
        assertWorks();
        assertUnreachable(client("127.0.0.1", port, "client-trusts", Optional.of("client")));
    }

    @Test
    void aServerOfAnUnknownAuthorityIsNotTrusted() {
        assertWorks();
        assertUnreachable(client("localhost", port, "trusts-stranger", Optional.of("client")));
    }

    @Test
    void aClientWithoutCertificateIsNotLetIn() {
        assertWorks();
        assertUnreachable(client("localhost", port, "client-trusts", Optional.empty()));
    }

    @Test
    void aServerWithoutTlsIsNotSpokenTo() {
        try (TestServer plain = new TestServer()) {
            assertUnreachable(client("localhost", plain.port(), "client-trusts", Optional.of("client")));
        }
    }
}
