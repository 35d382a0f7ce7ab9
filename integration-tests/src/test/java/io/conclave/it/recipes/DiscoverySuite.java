package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.discovery.ServiceInstance;
import io.conclave.discovery.ServiceProvider;
import io.conclave.discovery.ServiceRegistration;
import io.conclave.discovery.ServiceRegistry;
import io.conclave.discovery.ServiceStrategy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link ServiceRegistry} does on every store. */
abstract class DiscoverySuite extends RecipeSuite {
    private static final ServiceInstance FIRST = ServiceInstance.of("billing", "b/1", "10.0.0.1", 8080);
    private static final ServiceInstance SECOND =
            ServiceInstance.of("billing", "b/2", "10.0.0.2", 8080).withAttribute("zone", "ä");

    private Conclave one;
    private Conclave two;
    private ServiceRegistry registry;

    DiscoverySuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
        registry = ServiceRegistry.of(one, "/services");
    }

    private static List<String> ids(List<ServiceInstance> instances) {
        return instances.stream().map(ServiceInstance::id).toList();
    }

    @Test // I1, I2
    void instancesAreFoundFromTheCopyAsLongAsTheyAreRegistered() throws Exception {
        ServiceProvider provider = ServiceRegistry.of(two, "/services").provider("billing");
        ServiceRegistration first = registry.register(FIRST);
        ServiceRegistration second = registry.register(SECOND);
        world.await("both are found", () -> provider.instances().equals(List.of(FIRST, SECOND)));
        assertThat(world.get(world.background(registry::services))).containsExactly("billing");
        assertThat(world.get(world.background(() -> registry.instances("billing"))))
                .containsExactly(FIRST, SECOND);
        List<String> chosen = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            chosen.add(provider.next().orElseThrow().id());
        }
        assertThat(chosen).containsExactly("b/1", "b/2", "b/1", "b/2");

        world.get(second.update(SECOND.withWeight(5)));
        world.await("the change is found", () -> provider.instances().get(1).weight() == 5);
        world.expire(one);
        world.await(
                "both are registered anew",
                () -> first.isRegistered()
                        && second.isRegistered()
                        && provider.instances().size() == 2);
        world.get(first.closeAsync());
        world.await("one is left", () -> ids(provider.instances()).equals(List.of("b/2")));
        world.get(second.closeAsync());
        world.await("none is left", () -> provider.next().isEmpty());
        assertThat(world.nodes()).isEmpty();
    }

    @Test // I3
    void anInstanceWithErrorsIsLeftAloneForAWhileThatGrows() throws Exception {
        ServiceProvider provider = registry.providerBuilder("billing")
                .backOff(Duration.ofSeconds(1), Duration.ofSeconds(3))
                .strategy(ServiceStrategy.sticky(ServiceStrategy.roundRobin()))
                .build();
        registry.register(FIRST);
        registry.register(SECOND);
        world.await("both are found", () -> provider.instances().size() == 2);
        ServiceInstance stuck = provider.next().orElseThrow();
        assertThat(provider.next()).contains(stuck);

        provider.noteError(stuck);

        ServiceInstance other = provider.next().orElseThrow();
        assertThat(other).isNotEqualTo(stuck);
        assertThat(provider.available()).containsExactly(other);
        provider.noteError(other);
        world.await("both are back", () -> provider.available().size() == 2);
        assertThat(provider.next()).contains(other);
        provider.noteError(other);
        provider.noteError(other);
        world.pass(Duration.ofMillis(1500));
        assertThat(provider.available()).containsExactly(stuck);
        provider.noteSuccess(other);
        assertThat(provider.available()).hasSize(2);
    }

    @Test // I4: other languages' JSON, newer fields, and what is none
    void theJsonOfOthersIsReadAndRubbishIsLeftOut() throws Exception {
        Map<String, String> written = Map.of(
                "a",
                        "{\"format\":\"conclave-service/1\",\"service\":\"s\",\"id\":\"a\",\"address\":\"h\",\"port\":1,"
                                + "\"new\":{\"x\":[1,2]},\"attributes\":{\"k\":\"v\",\"n\":7}}",
                "b", "{\"format\":\"conclave-service/2\",\"service\":\"s\",\"id\":\"b\",\"address\":\"h\",\"port\":1}",
                "c", "rubbish",
                "d",
                        "{\"format\":\"conclave-service/1\",\"service\":\"s\",\"id\":\"d\",\"address\":\"h\",\"port\":\"x\"}");
        for (Map.Entry<String, String> each : written.entrySet()) {
            world.get(world.background(() -> {
                two.nodes().set("/services/s/" + each.getKey(), each.getValue().getBytes(StandardCharsets.UTF_8));
                return true;
            }));
        }
        ServiceProvider provider = registry.provider("s");
        world.await("it is found", () -> !provider.instances().isEmpty());
        assertThat(provider.instances()).containsExactly(new ServiceInstance("s", "a", "h", 1, 1, Map.of("k", "v")));
        registry.register(new ServiceInstance("s", "own", "h", 2, 3, Map.of("k", "v")));
        world.await("the own one is found", () -> provider.instances().size() == 2);
        String json = world.get(world.background(() -> two.nodes().get("/services/s/own")))
                .orElseThrow()
                .data()
                .asUtf8();
        assertThat(json)
                .isEqualTo("{\"format\":\"conclave-service/1\",\"service\":\"s\",\"id\":\"own\",\"address\":\"h\","
                        + "\"port\":2,\"weight\":3,\"attributes\":{\"k\":\"v\"}}");
    }
}
