package io.conclave.discovery;

import io.conclave.Conclave;
import io.conclave.internal.MirrorSpec;
import io.conclave.internal.NodeChange;
import io.conclave.internal.RecipeContext;
import io.conclave.internal.TreeMirror;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A mirror of the service's directory, each node read once when it changes. {@code known} is changed on the mirror's drain. */
final class MirrorProvider implements ServiceProvider, TreeMirror.Listener {
    private static final int INSTANCES_MAX = 100_000;

    private final RecipeContext context;
    private final String service;
    private final ServiceStrategy strategy;
    private final BackOff backOff;
    private final TreeMirror mirror;
    private final Map<NodePath, ServiceInstance> known = new TreeMap<>();
    private volatile List<ServiceInstance> instances = List.of();
    private volatile @Nullable Throwable failure;

    MirrorProvider(Conclave conclave, String service, NodePath directory, ServiceStrategy strategy, BackOff backOff) {
        this.context = new RecipeContext(conclave);
        this.service = service;
        this.strategy = strategy;
        this.backOff = backOff;
        this.mirror = new TreeMirror(conclave, new MirrorSpec(directory, 1, false, INSTANCES_MAX), this);
        mirror.start();
    }

    @Override
    public String service() {
        return service;
    }

    @Override
    public void awaitInstances(Duration wait) throws InterruptedException, TimeoutException {
        context.await("awaitInstances", mirror.loaded(), wait);
    }

    @Override
    public List<ServiceInstance> instances() {
        return instances;
    }

    @Override
    public List<ServiceInstance> available() {
        return instances.stream()
                .filter(instance -> backOff.isOver(instance.id()))
                .toList();
    }

    @Override
    public Optional<ServiceInstance> next() {
        return strategy.choose(available());
    }

    @Override
    public void noteError(ServiceInstance instance) {
        Objects.requireNonNull(instance, "instance");
        if (instances.stream().anyMatch(one -> one.id().equals(instance.id()))) {
            backOff.noteError(instance.id());
        }
    }

    @Override
    public void noteSuccess(ServiceInstance instance) {
        backOff.forget(instance.id());
    }

    @Override
    public Optional<Throwable> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void close() {
        mirror.close();
    }

    // ---- the mirror

    @Override
    public void onChanges(List<NodeChange> changes) {
        for (NodeChange change : changes) {
            Node before = change.before();
            Node now = change.now();
            if (before != null) {
                ServiceInstance gone = known.remove(before.path());
                boolean registeredAnew = now == null || !now.owner().equals(before.owner());
                if (gone != null && registeredAnew) {
                    backOff.forget(gone.id());
                }
            }
            if (now != null) {
                StoreRegistry.read(now).ifPresent(instance -> known.put(now.path(), instance));
            }
        }
        instances = List.copyOf(known.values());
        backOff.keepOnly(instances.stream().map(ServiceInstance::id).collect(Collectors.toSet()));
    }

    @Override
    public void onLoaded(Session session) {
        failure = null;
    }

    @Override
    public void onTrouble(Throwable why) {
        failure = why;
    }

    @Override
    public void onOverflow() {
        failure = new IllegalStateException(
                "the service " + service + " has more than " + INSTANCES_MAX + " instances: it is followed no more");
    }

    @Override
    public String toString() {
        return "ServiceProvider[" + service + ", " + instances.size() + " instances]";
    }
}
