package io.conclave.discovery;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongUnaryOperator;

/** Chooses one of the available instances, which come sorted by id. Must be thread-safe and quick. Use an own one for each provider. */
@FunctionalInterface
public interface ServiceStrategy {
    /** One of them, or none. */
    Optional<ServiceInstance> choose(List<ServiceInstance> available);

    /** Each in turn. */
    static ServiceStrategy roundRobin() {
        AtomicLong next = new AtomicLong();
        return available -> available.isEmpty()
                ? Optional.empty()
                : Optional.of(available.get((int) Math.floorMod(next.getAndIncrement(), (long) available.size())));
    }

    /** Any, all with the same chance. */
    static ServiceStrategy random() {
        return random(bound -> ThreadLocalRandom.current().nextLong(bound));
    }

    /** Any, by numbers of the caller's: from 0 to below the one that is given. */
    static ServiceStrategy random(LongUnaryOperator below) {
        Objects.requireNonNull(below, "below");
        return available -> available.isEmpty()
                ? Optional.empty()
                : Optional.of(available.get((int) below.applyAsLong(available.size())));
    }

    /** Any, with a chance by its weight; none of weight 0. */
    static ServiceStrategy weighted() {
        return weighted(bound -> ThreadLocalRandom.current().nextLong(bound));
    }

    /** The same, by numbers of the caller's: from 0 to below the one that is given. */
    static ServiceStrategy weighted(LongUnaryOperator below) {
        Objects.requireNonNull(below, "below");
        return available -> {
            long all = available.stream().mapToLong(ServiceInstance::weight).sum();
            long left = all == 0 ? 0 : below.applyAsLong(all);
            for (ServiceInstance instance : available) {
                left -= instance.weight();
                if (left < 0) {
                    return Optional.of(instance);
                }
            }
            return Optional.empty();
        };
    }

    /** The same one as long as it is available, then another one that the given strategy chooses. */
    static ServiceStrategy sticky(ServiceStrategy other) {
        Objects.requireNonNull(other, "other");
        AtomicReference<String> stuck = new AtomicReference<>("");
        return available -> {
            Optional<ServiceInstance> same = available.stream()
                    .filter(instance -> instance.id().equals(stuck.get()))
                    .findFirst();
            if (same.isPresent()) {
                return same;
            }
            Optional<ServiceInstance> next = other.choose(available);
            next.ifPresent(instance -> stuck.set(instance.id()));
            return next;
        };
    }
}
