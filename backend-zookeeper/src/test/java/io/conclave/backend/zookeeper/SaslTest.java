package io.conclave.backend.zookeeper;

import static io.conclave.backend.zookeeper.Fixture.applied;
import static io.conclave.backend.zookeeper.Fixture.await;
import static io.conclave.backend.zookeeper.Fixture.commit;
import static io.conclave.backend.zookeeper.Fixture.failureOf;
import static io.conclave.backend.zookeeper.Fixture.make;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.Backend;
import io.conclave.spi.Credentials;
import io.conclave.spi.Credentials.Mechanism;
import io.conclave.spi.Secret;
import io.conclave.spi.SessionSpec;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestLoginModule;
import org.apache.zookeeper.server.auth.ProviderRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** SASL with DIGEST-MD5, two users in one process, beside a JAAS configuration that was there before. */
@Timeout(60)
class SaslTest {
    private static final String PROVIDER = "zookeeper.authProvider.sasl";

    private TestServer server;

    @BeforeEach
    void start() {
        Configuration.setConfiguration(new Configuration() {
            @Override
            public AppConfigurationEntry[] getAppConfigurationEntry(String name) {
                Map<String, String> users = Map.of("user_alice", "alices secret", "user_bob", "bobs secret");
                return name.equals("Server")
                        ? new AppConfigurationEntry[] {
                            new AppConfigurationEntry(
                                    DigestLoginModule.class.getName(), LoginModuleControlFlag.REQUIRED, users)
                        }
                        : null;
            }
        });
        System.setProperty(PROVIDER, "org.apache.zookeeper.server.auth.SASLAuthenticationProvider");
        ProviderRegistry.reset();
        server = new TestServer();
    }

    @AfterEach
    void stop() {
        server.close();
        System.clearProperty(PROVIDER);
        ProviderRegistry.reset();
        Configuration.setConfiguration(null);
    }

    private Backend as(String user, String password) {
        return Fixture.backend(server.port(), new Credentials(Mechanism.SASL_DIGEST, user, Secret.of(password)));
    }

    @Test
    void nodesBelongToTheSaslUserAndTwoUsersLiveInOneProcess() throws Exception {
        Backend alice = as("alice", "alices secret");
        applied(commit(Fixture.session(alice), make("/mine", "1")));
        var tree = server.server().getZKDatabase().getDataTree();
        assertThat(tree.getACL("/secured/mine", new Stat())).singleElement().satisfies(acl -> {
            assertThat(acl.getId().getScheme()).isEqualTo("sasl");
            assertThat(acl.getId().getId()).isEqualTo("alice");
        });

        Backend bob = as("bob", "bobs secret");
        assertThat(failureOf(bob.openSession(new SessionSpec(Fixture.TTL, 1), (session, state) -> {}, Fixture.soon())))
                .as("alice's namespace is not bob's")
                .isInstanceOf(AccessDeniedException.class);
        await(bob.closeAsync());
        await(alice.closeAsync());
    }

    @Test
    void aWrongPasswordIsDeniedAndNotRepeatedInTheFailure() {
        Backend mallory = as("alice", "canary");
        assertThat(failureOf(
                        mallory.openSession(new SessionSpec(Fixture.TTL, 1), (session, state) -> {}, Fixture.soon())))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessageNotContaining("canary");
        await(mallory.closeAsync());
    }

    @Test
    void aSectionGoesWithItsClient() {
        Backend alice = as("alice", "alices secret");
        Configuration sections = Configuration.getConfiguration();
        assertThat(sections).isInstanceOf(SaslSections.class);
        assertThat(sections.getAppConfigurationEntry("Server")).hasSize(1);
        await(alice.closeAsync());
        assertThat(sections.getAppConfigurationEntry("Client")).isNull();
    }
}
