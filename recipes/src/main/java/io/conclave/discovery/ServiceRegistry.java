package io.conclave.discovery;

import io.conclave.Conclave;
import java.util.List;

/**
 * Services and their instances below one path of the store. Thread-safe; nothing is sent before it is used, and there is nothing to close but what it returns.
 *
 * <p><b>Guaranteed:</b> an id of a service stands for one session at a time. A closed registration is gone at once, that of a dead process within a session time-out; after a lost session
 * it is registered again by itself.
 *
 * <p><b>Not guaranteed:</b> that an instance that is listed can be reached. Note errors with {@link ServiceProvider#noteError}.
 */
public interface ServiceRegistry {

    /** The registry at this path, such as {@code /services}. */
    static ServiceRegistry of(Conclave conclave, String path) {
        return new StoreRegistry(conclave, path);
    }

    /** Registers an instance, and keeps it registered until the registration is closed; returns at once, also without contact. */
    ServiceRegistration register(ServiceInstance instance);

    /** A look-up of the service that takes instances in turn. It begins to follow the store at once. */
    default ServiceProvider provider(String service) {
        return providerBuilder(service).build();
    }

    /** A look-up with options. */
    ServiceProviderBuilder providerBuilder(String service);

    /** The names of all services that have instances, sorted, read from the store. Waits at most the call time-out; refused in callbacks. */
    List<String> services() throws InterruptedException;

    /** The instances of a service by id, read from the store; what cannot be read is left out. Waits at most the call time-out; refused in callbacks. */
    List<ServiceInstance> instances(String service) throws InterruptedException;
}
