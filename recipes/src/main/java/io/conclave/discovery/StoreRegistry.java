package io.conclave.discovery;

import io.conclave.Conclave;
import io.conclave.UnreadableDataException;
import io.conclave.internal.RecipeContext;
import io.conclave.internal.Segments;
import io.conclave.membership.PersistentNode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Services are directories, instances are nodes in them. */
final class StoreRegistry implements ServiceRegistry {
    private static final Logger LOG = LoggerFactory.getLogger(StoreRegistry.class);
    private static final int INSTANCES_MAX = 100_000;

    private final Conclave conclave;
    private final NodePath path;

    StoreRegistry(Conclave conclave, String path) {
        this.conclave = Objects.requireNonNull(conclave, "conclave");
        this.path = RecipeContext.requirePath(path);
    }

    private NodePath directory(String service) {
        return path.child(Segments.encode("service", service));
    }

    @Override
    public ServiceRegistration register(ServiceInstance instance) {
        NodePath node = directory(instance.service()).child(Segments.encode("id", instance.id()));
        return new Registered(
                instance,
                PersistentNode.of(
                        conclave, node.toString(), InstanceJson.write(instance).toByteArray()));
    }

    @Override
    public ServiceProviderBuilder providerBuilder(String service) {
        NodePath directory = directory(service);
        return new ServiceProviderBuilder() {
            private ServiceStrategy strategy = ServiceStrategy.roundRobin();
            private Duration first = Duration.ofSeconds(1);
            private Duration longest = Duration.ofMinutes(1);

            @Override
            public ServiceProviderBuilder strategy(ServiceStrategy chosen) {
                strategy = Objects.requireNonNull(chosen, "strategy");
                return this;
            }

            @Override
            public ServiceProviderBuilder backOff(Duration newFirst, Duration newLongest) {
                if (newFirst.isNegative() || newLongest.compareTo(newFirst) < 0) {
                    throw new IllegalArgumentException("a back-off from " + newFirst + " to " + newLongest);
                }
                first = newFirst;
                longest = newLongest;
                return this;
            }

            @Override
            public ServiceProvider build() {
                BackOff backOff = new BackOff(conclave.timekeeper(), first, longest);
                return new MirrorProvider(conclave, service, directory, strategy, backOff);
            }
        };
    }

    @Override
    public List<String> services() throws InterruptedException {
        return conclave.nodes().children(path.toString()).stream()
                .map(Segments::decode)
                .sorted()
                .toList();
    }

    @Override
    public List<ServiceInstance> instances(String service) throws InterruptedException {
        NodePath directory = directory(service);
        List<ServiceInstance> found = new ArrayList<>();
        for (Node node : conclave.nodes().subtree(directory.toString(), INSTANCES_MAX)) {
            if (node.path().parent().equals(directory)) {
                read(node).ifPresent(found::add);
            }
        }
        return List.copyOf(found);
    }

    /** The instance of a node; empty, and logged, if it is none that we can read. */
    static Optional<ServiceInstance> read(Node node) {
        try {
            return Optional.of(InstanceJson.read(node.path().toString(), node.data()));
        } catch (UnreadableDataException foreign) {
            LOG.warn("a node among the instances of a service is left out", foreign);
            return Optional.empty();
        }
    }

    private static final class Registered implements ServiceRegistration {
        private final PersistentNode node;
        private volatile ServiceInstance instance;

        Registered(ServiceInstance instance, PersistentNode node) {
            this.instance = instance;
            this.node = node;
        }

        @Override
        public ServiceInstance instance() {
            return instance;
        }

        @Override
        public boolean isRegistered() {
            return node.isPresent();
        }

        @Override
        public void awaitRegistered(Duration wait) throws InterruptedException, TimeoutException {
            node.awaitPresent(wait);
        }

        @Override
        public CompletionStage<Void> update(ServiceInstance newer) {
            if (!newer.service().equals(instance.service()) || !newer.id().equals(instance.id())) {
                throw new IllegalArgumentException("instance " + newer.id() + " of " + newer.service()
                        + " is another one than " + instance.id() + " of " + instance.service());
            }
            instance = newer;
            return node.setData(InstanceJson.write(newer).toByteArray());
        }

        @Override
        public Optional<Throwable> failure() {
            return node.failure();
        }

        @Override
        public void close() {
            node.close();
        }

        @Override
        public CompletionStage<Void> closeAsync() {
            return node.closeAsync();
        }

        @Override
        public String toString() {
            return "ServiceRegistration[" + node.path() + ", registered: " + isRegistered() + "]";
        }
    }
}
