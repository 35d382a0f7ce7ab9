package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.discovery.ServiceInstance;
import io.conclave.discovery.ServiceProvider;
import io.conclave.discovery.ServiceRegistration;
import io.conclave.discovery.ServiceRegistry;
import io.conclave.discovery.ServiceStrategy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Services that find each other. */
public final class CallingServices {
    /** A call to another service over the network. */
    @FunctionalInterface
    public interface Call<T> {
        /** Calls the instance. */
        T to(ServiceInstance instance) throws IOException;
    }

    private CallingServices() {}

    /** Registers one instance, until it is closed. */
    public static ServiceRegistration serve(Conclave conclave, String id, String address, int port)
            throws InterruptedException, TimeoutException {
        // snippet:register
        ServiceInstance instance =
                ServiceInstance.of("billing", id, address, port).withAttribute("zone", "a");
        ServiceRegistration registration =
                ServiceRegistry.of(conclave, "/services").register(instance);
        registration.awaitRegistered(Duration.ofSeconds(5));
        // end
        return registration;
    }

    /** Makes a look-up that prefers heavier instances. */
    public static ServiceProvider lookUp(Conclave conclave) throws InterruptedException, TimeoutException {
        // snippet:provider
        ServiceProvider billing = ServiceRegistry.of(conclave, "/services")
                .providerBuilder("billing")
                .strategy(ServiceStrategy.weighted())
                .build();
        billing.awaitInstances(Duration.ofSeconds(5));
        // end
        return billing;
    }

    /** Calls one instance after the other until one answers. */
    public static <T> T call(ServiceProvider billing, Call<T> call) throws IOException {
        // snippet:call
        while (true) {
            ServiceInstance instance = billing.next().orElseThrow(() -> new IOException("no instance answers"));
            try {
                T answer = call.to(instance);
                billing.noteSuccess(instance);
                return answer;
            } catch (IOException failed) {
                billing.noteError(instance); // left alone for a while; the next one is tried
            }
        }
        // end
    }

    /** Two instances, one of which does not answer, on a store of its own. */
    public static void main(String[] args) throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:calling-services");
                ServiceRegistration first = serve(conclave, "b-1", "127.0.0.1", 8081);
                ServiceRegistration second = serve(conclave, "b-2", "127.0.0.1", 8082);
                ServiceProvider billing = lookUp(conclave)) {
            System.out.println(first.isRegistered() && second.isRegistered());
            String answer = call(billing, instance -> {
                if (instance.port() == 8081) {
                    throw new IOException("connection refused");
                }
                return "answered by " + instance.id();
            });
            System.out.println(answer);
        }
    }
}
