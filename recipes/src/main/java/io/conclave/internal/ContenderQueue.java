package io.conclave.internal;

import io.conclave.spi.BackendClosedException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.CommitResult;
import io.conclave.spi.NodePath;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/**
 * The queue of one path and its tags in one Conclave: our AbstractQueuedSynchronizer. Each {@code fair} waiter has an {@link Attempt}: a contender in the store's queue. The others
 * queue locally, and only the first of them has one. An admitted attempt becomes a {@link HeldGrant}; when that of an unfair waiter ends, the next one's attempt starts.
 *
 * <p>All state but the loss gates is touched on the serial drain only. Invariants: every waiter is in {@code local}, or has exactly one attempt in {@code active}, or is
 * done; every node that an attempt may have made is owned by the attempt, by a held grant, or by a background removal that goes on until the node is gone or
 * its session is over.
 */
final class ContenderQueue {
    private static final int LOCAL_MAX = 100_000;

    /** Policies with the same tags share a queue: what is held under one of them may exclude the other. */
    record Key(NodePath path, List<String> tags) {}

    final ConclaveCore core;
    final Key key;
    final SerialDrain drain;
    private final Deque<Waiter> local = new ArrayDeque<>();
    private final Set<Attempt> active = new LinkedHashSet<>();
    private final Set<HeldGrant> held = new LinkedHashSet<>();
    private final Map<Object, CompletableFuture<Void>> lossGates = new ConcurrentHashMap<>();
    int pins; // guarded by the core's map of queues

    ContenderQueue(ConclaveCore core, Key key) {
        this.core = core;
        this.key = key;
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    /** Lets a waiter in. The caller has pinned the queue; the pin goes when the waiter's story, grant included, is over. */
    void enqueue(Waiter waiter) {
        core.keeper().demand(1);
        if (waiter.bounded) {
            waiter.timer = core.timekeeper()
                    .schedule(() -> expire(waiter), core.timekeeper().until(waiter.deadlineNanos));
        }
        drain.execute(() -> admitLocally(waiter));
    }

    private void admitLocally(Waiter waiter) {
        if (core.isClosed()) {
            waiter.fail(new BackendClosedException("the Conclave is closed"));
        } else if (local.size() + active.size() >= LOCAL_MAX) {
            waiter.fail(new IllegalStateException(LOCAL_MAX + " acquires of " + key.path() + " wait already"));
        } else if (waiter.tryOnly && !waiter.fair && isTaken()) {
            waiter.fail(new Waiter.AheadException());
        } else if (!waiter.tryOnly) {
            waitForItself(waiter).ifPresent(why -> waiter.fail(new IllegalStateException(why)));
        }
        if (waiter.isDone()) {
            cleanUp(waiter);
            return;
        }
        if (waiter.fair) {
            start(waiter);
        } else {
            local.add(waiter);
            startNext();
        }
    }

    private void start(Waiter waiter) {
        Attempt attempt = new Attempt(this, waiter);
        active.add(attempt);
        attempt.start();
    }

    private boolean isTaken() {
        return !local.isEmpty()
                || !active.isEmpty()
                || Set.copyOf(held).stream().anyMatch(HeldGrant::isValid);
    }

    private Optional<String> waitForItself(Waiter waiter) {
        return Set.copyOf(held).stream()
                .filter(grant -> waiter.thread != null && grant.takenBy() == waiter.thread && grant.isValid())
                .flatMap(grant -> waiter.policy.waitsForItself(grant.policy()).stream())
                .findFirst()
                .map(what ->
                        "waiting for " + waiter.policy.kind() + " on " + key.path() + " would be waiting for " + what);
    }

    private void expire(Waiter waiter) {
        waiter.fail(
                waiter.tryOnly
                        ? new UnavailableException("no answer about " + key.path() + " within the call time-out")
                        : new TimeoutException(key.path() + " was not granted in time"));
        abandoned(waiter);
    }

    /** The waiter's future was completed from outside: take it out, and its node with it. */
    void abandoned(Waiter waiter) {
        drain.execute(() -> {
            if (waiter.cleanedUp) {
                return;
            }
            local.remove(waiter);
            active.stream()
                    .filter(attempt -> attempt.waiter == waiter)
                    .findFirst()
                    .ifPresent(Attempt::abandon);
            cleanUp(waiter);
            startNext();
        });
    }

    /** On the drain: the waiter is over without a grant. */
    void cleanUp(Waiter waiter) {
        if (waiter.cleanedUp) {
            return;
        }
        waiter.cleanedUp = true;
        waiter.stopTimer();
        core.keeper().demand(-1);
        core.keeper().observer(o -> o.onGaveUp(key.path().toString(), since(waiter.queuedNanos)));
        core.unpin(this);
    }

    /** On the drain: an attempt failed for good. */
    void failed(Attempt attempt, Throwable why) {
        active.remove(attempt);
        attempt.waiter.fail(why);
        cleanUp(attempt.waiter);
        startNext();
    }

    /** Starts the first unfair waiter if no unfair one is under way. */
    private void startNext() {
        while (!local.isEmpty() && !isUnfairUnderWay()) {
            Waiter next = local.remove();
            if (next.isDone()) {
                cleanUp(next);
            } else {
                start(next);
            }
        }
    }

    private boolean isUnfairUnderWay() {
        return active.stream().anyMatch(attempt -> !attempt.waiter.fair)
                || held.stream().anyMatch(grant -> !grant.isFair());
    }

    /** On the drain, before an admission: whom it excludes cannot hold the path here any more. Completes when their listeners were told. */
    CompletableFuture<Void> clearTheWay(Waiter admitted) {
        for (HeldGrant grant : Set.copyOf(held)) {
            if (grant != admitted.beside && admitted.policy.excludes(grant.policy())) {
                grant.lose("its node was removed: it was evicted");
            }
        }
        return CompletableFuture.allOf(lossGates.values().toArray(CompletableFuture[]::new));
    }

    /** On the drain: the attempt was admitted. */
    void granted(Attempt attempt, HeldGrant grant) {
        active.remove(attempt);
        held.add(grant);
        Waiter waiter = attempt.waiter;
        waiter.cleanedUp = true;
        waiter.stopTimer();
        core.keeper().register(grant);
        core.keeper().observer(o -> o.onGranted(key.path().toString(), since(waiter.queuedNanos)));
        if (!waiter.future.complete(grant)) {
            Calls.inBackground(grant.releaseOnEngine(), "releasing a grant that came too late");
        }
        startNext();
    }

    /** The grant was given back by its holder. The future fails with the store's answer to the removal. */
    CompletableFuture<CommitResult> released(HeldGrant grant) {
        CompletableFuture<CommitResult> removal = new CompletableFuture<>();
        core.keeper().unregister(grant);
        drain.execute(() -> {
            Calls.forward(core.calls().remove(grant.session(), grant.node()), removal);
            core.keeper().observer(o -> o.onReleased(key.path().toString(), since(grant.grantedNanos())));
            ended(grant);
        });
        return removal;
    }

    /**
     * No grant is given here before the future is done, or a session time-out has passed. Called before a grant becomes lost. The queue is pinned meanwhile, so that who
     * comes later comes to this one and not to a new one without the gate.
     */
    void holdBack(CompletableFuture<Void> told, Duration atMost) {
        if (!core.repin(this)) {
            return; // the grant has ended already, in another way
        }
        Object gate = new Object();
        lossGates.put(gate, told);
        Cancellable timer = core.timekeeper().schedule(() -> told.complete(null), atMost);
        Calls.whenDone(told, Runnable::run, (nothing, failure) -> {
            timer.cancel();
            lossGates.remove(gate);
            core.unpin(this);
        });
    }

    /** The grant was lost. */
    void lost(HeldGrant grant) {
        core.keeper().unregister(grant);
        drain.execute(() -> {
            if (!grant.session().state().isFinal()) {
                Calls.inBackground(
                        core.calls().remove(grant.session(), grant.node()), "removing the node of a lost grant");
            }
            core.keeper().observer(o -> o.onLost(key.path().toString(), since(grant.grantedNanos())));
            ended(grant);
        });
    }

    private void ended(HeldGrant grant) {
        if (held.remove(grant)) {
            core.keeper().demand(-1);
            core.unpin(this);
            startNext();
        }
    }

    /** The Conclave was closed: nobody waits any more. */
    void close() {
        drain.execute(() -> {
            BackendClosedException closed = new BackendClosedException("the Conclave was closed");
            for (Attempt attempt : Set.copyOf(active)) {
                attempt.abandon();
                attempt.waiter.fail(closed);
                cleanUp(attempt.waiter);
            }
            for (Waiter waiter = local.poll(); waiter != null; waiter = local.poll()) {
                waiter.fail(closed);
                cleanUp(waiter);
            }
        });
    }

    /** On the drain: the attempt has ended without a result for its waiter. */
    void forget(Attempt attempt) {
        active.remove(attempt);
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(Math.max(0, core.timekeeper().nanoTime() - nanos));
    }
}
