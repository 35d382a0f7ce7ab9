package io.conclave.backend.etcd;

import static io.conclave.backend.etcd.Fixture.await;
import static io.conclave.backend.etcd.Fixture.contender;
import static io.conclave.backend.etcd.Fixture.failureOf;
import static io.conclave.backend.etcd.Fixture.make;
import static io.conclave.backend.etcd.Fixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.TlsFiles;
import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Credentials;
import io.conclave.spi.Secret;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.TlsOptions;
import io.conclave.spi.UnavailableException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Users, rights, and TLS, on servers that ask for them. */
class AccessTest {
    private static final String SECRET = "s3cr3t-canary";

    private static Backend backend(String url, Optional<Credentials> credentials, Optional<TlsOptions> tls) {
        return await(new EtcdBackendProvider()
                .connect(new BackendConfig(
                        BackendUrl.parse(url), Fixture.TIME, Fixture.soon(), false, credentials, tls)));
    }

    private static Credentials user(String name, String password) {
        return Credentials.password(name, Secret.of(password));
    }

    @Test
    void aUserDoesInItsNamespaceWhatItMayAndNothingElse() {
        try (EtcdServers servers =
                EtcdServers.of(1).with("--auth-token-ttl", "2").start()) {
            servers.admin(0).addUser("alice", SECRET);
            servers.admin(0)
                    .grant(
                            "alice",
                            io.etcd.jetcd.api.Permission.Type.READWRITE,
                            com.google.protobuf.ByteString.copyFromUtf8("/alice/"),
                            com.google.protobuf.ByteString.copyFromUtf8("/alice0"));
            servers.enableAuth("root-password");
            Backend mine = backend(servers.url("alice"), Optional.of(user("alice", SECRET)), Optional.empty());
            Session session = Fixture.session(mine);
            write(session, make("/n", "1"));
            write(session, contender("/locks/a"));

            Backend others = backend(servers.url("bob"), Optional.of(user("alice", SECRET)), Optional.empty());
            assertThat(failureOf(others.openSession(
                            new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, Fixture.soon())))
                    .isInstanceOf(AccessDeniedException.class);
            Backend wrong = backend(servers.url("alice"), Optional.of(user("alice", "wrong")), Optional.empty());
            assertThat(failureOf(
                            wrong.openSession(new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, Fixture.soon())))
                    .isInstanceOf(AccessDeniedException.class)
                    .hasMessageNotContaining("wrong\"");
            Backend nobody = backend(servers.url("alice"), Optional.empty(), Optional.empty());
            assertThat(failureOf(nobody.openSession(
                            new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, Fixture.soon())))
                    .isInstanceOf(AccessDeniedException.class);

            // a server that was started again knows no token of before
            servers.restart();
            assertThat(Fixture.data(Fixture.session(mine), "/n")).isEqualTo("1");
            await(mine.closeAsync());
            await(others.closeAsync());
            await(wrong.closeAsync());
            await(nobody.closeAsync());
        }
    }

    @Test
    void serversAreTrustedByTheGivenStoreAloneAndAskForCertificates() {
        try (EtcdServers servers = EtcdServers.of(1).tls().start()) {
            TlsFiles files = servers.tls();
            Secret password = Secret.of(TlsFiles.PASSWORD);
            TlsOptions stores = new TlsOptions(
                    files.trustStore("ca"),
                    Optional.of(password),
                    Optional.of(files.keyStore("client")),
                    Optional.of(password));
            works(servers, stores);
            Path pem = files.certificate("ca");
            works(
                    servers,
                    new TlsOptions(
                            pem, Optional.empty(), Optional.of(files.keyStore("client")), Optional.of(password)));

            TlsOptions stranger = new TlsOptions(
                    files.trustStore("stranger"), Optional.of(password), stores.keyStore(), stores.keyStorePassword());
            fails(servers, stranger);
            TlsOptions withoutKey =
                    new TlsOptions(files.trustStore("ca"), Optional.of(password), Optional.empty(), Optional.empty());
            fails(servers, withoutKey);
            assertThatThrownBy(() -> backend(
                            secure(servers),
                            Optional.empty(),
                            Optional.of(new TlsOptions(
                                    files.trustStore("ca"),
                                    Optional.of(Secret.of(SECRET)),
                                    Optional.empty(),
                                    Optional.empty()))))
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining(SECRET);
        }
    }

    private static String secure(EtcdServers servers) {
        return "etcds://localhost:" + servers.clientPort(0) + "/app";
    }

    private static void works(EtcdServers servers, TlsOptions tls) {
        Backend backend = backend(secure(servers), Optional.empty(), Optional.of(tls));
        Session session = Fixture.session(backend);
        write(session, contender("/q"));
        await(backend.closeAsync());
    }

    private static void fails(EtcdServers servers, TlsOptions tls) {
        Backend backend = backend(secure(servers), Optional.empty(), Optional.of(tls));
        assertThat(failureOf(backend.openSession(
                        new SessionSpec(Fixture.TTL, 1),
                        (changed, state) -> {},
                        Fixture.TIME.deadlineAfter(Duration.ofSeconds(2)))))
                .isInstanceOf(UnavailableException.class);
        await(backend.closeAsync());
    }

    @Test
    void whatCanNeverWorkIsRefusedBeforeAnythingIsSent() {
        assertThatThrownBy(() -> Fixture.backend("etcd:name")).hasMessageContaining("names at least one host");
        assertThatThrownBy(() -> Fixture.backend("etcds://localhost:2379/app")).hasMessageContaining("trust store");
        Credentials sasl = new Credentials(Credentials.Mechanism.SASL_DIGEST, "alice", Secret.of(SECRET));
        assertThatThrownBy(() -> backend("etcd://localhost:1/app", Optional.of(sasl), Optional.empty()))
                .hasMessageContaining("SASL_DIGEST")
                .hasMessageNotContaining(SECRET);
        Backend nowhere = Fixture.backend("etcd://127.0.0.1:1/app");
        assertThat(failureOf(nowhere.openSession(
                        new SessionSpec(Fixture.TTL, 1),
                        (changed, state) -> {},
                        Fixture.TIME.deadlineAfter(Duration.ofMillis(300)))))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("127.0.0.1:1");
        assertThat(failureOf(nowhere.updateServers(java.util.List.of("a:b:c"))))
                .isInstanceOf(IllegalArgumentException.class);
        await(nowhere.closeAsync());
    }
}
