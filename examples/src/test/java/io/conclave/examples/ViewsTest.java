package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.discovery.ServiceProvider;
import io.conclave.discovery.ServiceRegistration;
import io.conclave.membership.GroupMembership;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples of groups, caches, services and configuration do what they say. */
@Timeout(60)
class ViewsTest {
    private static final String STORE = "examples-views";

    private final Conclave one = Conclave.connect("inmemory:" + STORE);
    private final Conclave two = Conclave.connect("inmemory:" + STORE);

    @AfterEach
    void close() {
        one.close();
        two.close();
        EmbeddedStore.discard(STORE);
    }

    private static void eventually(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void aUserIsOnlineFromLoginToLogoutOrTheServersEnd() throws Exception {
        List<String> log = new CopyOnWriteArrayList<>();
        try (UserSessions users = new UserSessions(one);
                UserSessions others = new UserSessions(two)) {
            users.watch(log::add);
            GroupMembership ada = users.login("ada", "server-1");
            others.login("ben", "server-2");
            eventually(() -> users.online().equals(List.of("ada", "ben")));
            ada.close();
            eventually(() -> users.online().equals(List.of("ben")));
        }
        two.close();
        try (UserSessions users = new UserSessions(one)) {
            eventually(() -> users.online().isEmpty());
        }
        assertThat(log).contains("ada is online at server-1", "ada is offline");
    }

    @Test
    void aServerShowsItsOwnWriteAtOnce() throws Exception {
        one.nodes().set("/prices/tea", "3".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        List<String> log = new CopyOnWriteArrayList<>();
        try (PriceList prices = new PriceList(one, log::add)) {
            assertThat(prices.priceOf("tea")).contains("3");
            assertThat(prices.priceOf("coffee")).isEmpty();
            prices.change("tea", "4");
            assertThat(prices.priceOf("tea")).contains("4");
            eventually(() -> log.contains("tea: 3 -> 4"));
        }
    }

    @Test
    void aCallGoesOnToAnInstanceThatAnswers() throws Exception {
        try (ServiceRegistration first = CallingServices.serve(one, "b-1", "127.0.0.1", 1);
                ServiceRegistration second = CallingServices.serve(one, "b-2", "127.0.0.1", 2);
                ServiceProvider billing = CallingServices.lookUp(two)) {
            assertThat(first.isRegistered()).isTrue();
            for (int i = 0; i < 10; i++) {
                assertThat(CallingServices.<String>call(billing, instance -> {
                            if (instance.port() == 1) {
                                throw new IOException("refused");
                            }
                            return instance.id();
                        }))
                        .isEqualTo("b-2");
            }
            second.closeAsync().toCompletableFuture().join();
            eventually(() -> billing.instances().size() == 1);
            assertThatThrownBy(() -> CallingServices.call(billing, instance -> {
                        throw new IOException("refused");
                    }))
                    .hasMessageContaining("no instance answers");
        }
    }

    @Test
    void aPoolFollowsItsConfiguration() throws Exception {
        try (ReloadingPool pool = new ReloadingPool(one);
                ReloadingPool other = new ReloadingPool(two)) {
            assertThat(pool.size()).isEqualTo(10);
            pool.grow(5);
            other.grow(5);
            eventually(() -> pool.size() == 20 && other.size() == 20);
            assertThat(other.move("jdbc:x", 30)).isEqualTo("jdbc:x with 30");
            eventually(() -> pool.size() == 30);
        }
    }

    @Test
    void theMainClassesRun() throws Exception {
        UserSessions.main(new String[0]);
        CallingServices.main(new String[0]);
        ReloadingPool.main(new String[0]);
    }
}
