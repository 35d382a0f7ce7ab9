package io.conclave.discovery;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * One instance of a service, as it is registered.
 *
 * @param service the name of the service
 * @param id what tells this instance from the others of the service
 * @param address a host name or address; not checked
 * @param port 0 to 65535; 0 if there is none
 * @param weight how much it should get, 0 to 1,000,000, for {@link ServiceStrategy#weighted()}; 0 = nothing
 * @param attributes whatever else clients shall know: texts by name
 */
public record ServiceInstance(
        String service, String id, String address, int port, int weight, Map<String, String> attributes) {
    /** The largest weight. */
    public static final int WEIGHT_MAX = 1_000_000;

    /** Refuses nulls, empty names, and numbers out of range; copies the map, sorted. */
    public ServiceInstance {
        requireText("service", service);
        requireText("id", id);
        requireText("address", address);
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port " + port + " is not 0 to 65535");
        }
        if (weight < 0 || weight > WEIGHT_MAX) {
            throw new IllegalArgumentException("weight " + weight + " is not 0 to " + WEIGHT_MAX);
        }
        TreeMap<String, String> sorted = new TreeMap<>();
        attributes.forEach((name, value) ->
                sorted.put(Objects.requireNonNull(name, "attribute name"), Objects.requireNonNull(value, name)));
        attributes = java.util.Collections.unmodifiableMap(sorted);
    }

    private static void requireText(String what, String text) {
        Objects.requireNonNull(text, what);
        if (text.isEmpty()) {
            throw new IllegalArgumentException(what + " is empty");
        }
    }

    /** An instance with weight 1 and no attributes. */
    public static ServiceInstance of(String service, String id, String address, int port) {
        return new ServiceInstance(service, id, address, port, 1, Map.of());
    }

    /** The same with another weight. */
    public ServiceInstance withWeight(int newWeight) {
        return new ServiceInstance(service, id, address, port, newWeight, attributes);
    }

    /** The same with one more attribute, or another value of it. */
    public ServiceInstance withAttribute(String name, String value) {
        Map<String, String> more = new TreeMap<>(attributes);
        more.put(name, value);
        return new ServiceInstance(service, id, address, port, weight, more);
    }
}
