package io.conclave.backend.etcd.testing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** A fault that waits for its commit. Several proxies may have the same: the first commit at any of them takes it. */
final class Strike {
    final Fault fault;

    /** Completes when the commit is lost, or is held. */
    final CompletableFuture<Void> done = new CompletableFuture<>();

    private final AtomicBoolean taken = new AtomicBoolean();

    /** What the commit writes, among other things. */
    final Predicate<String> key;

    Strike(Fault fault, Predicate<String> key) {
        this.fault = fault;
        this.key = key;
    }

    boolean take() {
        return !done.isDone() && taken.compareAndSet(false, true);
    }
}
