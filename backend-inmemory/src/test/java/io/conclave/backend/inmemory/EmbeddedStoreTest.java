package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.Credentials;
import io.conclave.spi.Secret;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** URLs, names and limits. */
class EmbeddedStoreTest {
    private static final String NAME = "embedded-store-test";
    private static final Duration DAY = Duration.ofDays(1);

    @AfterEach
    void discard() {
        EmbeddedStore.discard(NAME);
    }

    private static CompletableFuture<Backend> connect(String url) {
        Timekeeper time = Timekeeper.system();
        BackendConfig config = BackendConfig.of(BackendUrl.parse(url), time, time.deadlineAfter(Duration.ofSeconds(5)));
        return new InMemoryBackendProvider().connect(config).toCompletableFuture();
    }

    private static EmbeddedStore storeOf(String url) {
        Backend backend = Clients.result(connect(url));
        return ((EmbeddedBackend) backend).store();
    }

    @Test
    void theProviderIsFoundByItsScheme() {
        assertThat(ServiceLoader.load(BackendProvider.class))
                .anySatisfy(provider -> assertThat(provider.schemes()).containsExactly("inmemory"));
    }

    @Test
    void aNameIsSharedAndNoNameIsPrivate() {
        assertThat(storeOf("inmemory:" + NAME))
                .isSameAs(storeOf("inmemory:" + NAME))
                .isSameAs(EmbeddedStore.named(NAME));
        assertThat(storeOf("inmemory:")).isNotSameAs(storeOf("inmemory:"));
    }

    @Test
    void aRegisteredStoreKeepsItsClock() {
        VirtualClock clock = new VirtualClock();
        EmbeddedStore store = EmbeddedStore.builder().name(NAME).clock(clock).register();
        Backend backend = Clients.result(connect("inmemory:" + NAME));
        assertThat(backend.timekeeper()).isSameAs(clock);
        assertThat(store.faults().backend(backend)).isNotNull();
        assertThatThrownBy(() -> EmbeddedStore.builder().name(NAME).register())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> EmbeddedStore.builder().register()).isInstanceOf(IllegalStateException.class);
    }

    /** Rule F3: also within one second, where the clock alone would begin the next life at the same revision. */
    @Test
    void aStoreAfterADiscardedOneBeginsAboveIt() throws Exception {
        EmbeddedStore first = EmbeddedStore.named(NAME);
        Timekeeper time = Timekeeper.system();
        long deadline = time.deadlineAfter(Duration.ofSeconds(10));
        SessionSpec spec = new SessionSpec(Duration.ofSeconds(10), 1);
        Backend backend = first.connect();
        Session session = backend.openSession(spec, (any, state) -> {}, deadline)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        long begin = first.server().revision();
        session.commit(Commit.builder(session.newOpId(), deadline)
                        .write(Trees.persistent("/n"))
                        .build())
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
        backend.closeAsync().toCompletableFuture().get(10, TimeUnit.SECONDS);
        EmbeddedStore.discard(NAME);
        assertThat(EmbeddedStore.named(NAME)).isNotSameAs(first);
        assertThat(EmbeddedStore.named(NAME).server().revision()).isGreaterThan(begin);
    }

    /** Rule F3, for a store that a test makes. */
    @Test
    void aRegisteredStoreAfterADiscardedOneBeginsAboveIt() {
        VirtualClock clock = new VirtualClock();
        EmbeddedStore first = EmbeddedStore.builder().name(NAME).clock(clock).register();
        Backend backend = first.connect();
        Session session = Clients.result(backend.openSession(
                new SessionSpec(Duration.ofSeconds(10), 1), (any, state) -> {}, clock.deadlineAfter(DAY)));
        Clients.result(session.commit(Commit.builder(session.newOpId(), clock.deadlineAfter(DAY))
                .write(Trees.persistent("/n"))
                .build()));
        EmbeddedStore.discard(NAME);
        EmbeddedStore second = EmbeddedStore.builder().name(NAME).clock(clock).register();
        assertThat(second.server().revision())
                .isGreaterThanOrEqualTo(first.server().revision());
    }

    @Test
    void revisionsBeginWithTheSecondOfTheStoresClock() {
        VirtualClock clock = new VirtualClock();
        long seconds = Duration.ofDays(365).toSeconds();
        assertThat(EmbeddedStore.create(clock).server().revision()).isEqualTo(seconds << 20);
        clock.advance(Duration.ofSeconds(1));
        assertThat(EmbeddedStore.create(clock).server().revision()).isEqualTo((seconds + 1) << 20);
    }

    @Test
    void limitsAreWhatTheUrlOrBuilderSays() {
        assertThat(Clients.result(connect("inmemory:")).capabilities().maxPayloadBytes())
                .isEqualTo(1_000_000);
        assertThat(Clients.result(connect("inmemory:?maxPayload=10"))
                        .capabilities()
                        .maxPayloadBytes())
                .isEqualTo(10);
        assertThat(EmbeddedStore.builder()
                        .maxPayloadBytes(5)
                        .build()
                        .connect()
                        .capabilities()
                        .maxPayloadBytes())
                .isEqualTo(5);
    }

    @Test
    void configurationsThatCanNeverWorkAreRefused() {
        assertThat(Clients.failure(connect("inmemory://host:1?maxPayload=10")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("for stores inside this process");
        assertThat(Clients.failure(connect("inmemory:?maxPayload=x"))).isInstanceOf(IllegalArgumentException.class);
        assertThat(Clients.failure(connect("inmemory:?maxPayload=0"))).isInstanceOf(IllegalArgumentException.class);
        Timekeeper time = Timekeeper.system();
        Credentials who = Credentials.password("me", Secret.of("secret"));
        BackendConfig config = new BackendConfig(
                BackendUrl.parse("inmemory:"), time, time.nanoTime(), false, Optional.of(who), Optional.empty());
        assertThat(Clients.failure(new InMemoryBackendProvider().connect(config)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> EmbeddedStore.named("a/b")).isInstanceOf(IllegalArgumentException.class);
    }
}
