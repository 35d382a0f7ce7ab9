package io.conclave.it.recipes;

import static io.conclave.it.recipes.DyingClient.TOP;
import static io.conclave.it.recipes.DyingClient.lock;
import static io.conclave.it.recipes.DyingClient.permits;
import static io.conclave.it.recipes.DyingClient.rw;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import io.conclave.it.support.SchedulingProbe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A client dies in every state of read-write lock, semaphore and multi-lock at once: holding and waiting, first and later in line. Those who wait for it or behind it go on within its session
 * time-out and two seconds, and nothing of it is left.
 */
abstract class SharingKillSuite extends RecipeSuite {
    /** Of the process that is killed: so long that it is not over before, on a busy machine. */
    private static final Duration SESSION = Duration.ofSeconds(8);

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration GRACE = Duration.ofSeconds(2);

    private Conclave holder;
    private Conclave other;
    /** What the survivors hold, by path. */
    private final Map<String, Grant> held = new LinkedHashMap<>();
    /** What is granted because the client has died. */
    private final List<CompletableFuture<? extends Grant>> inherited = new ArrayList<>();
    /** What is granted behind the dead when a survivor releases. */
    private final Map<String, CompletableFuture<? extends Grant>> behind = new LinkedHashMap<>();

    SharingKillSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void hold() throws Exception {
        holder = world.client();
        other = world.client();
        held.put(
                "awaiting-write",
                world.get(rw(holder, "awaiting-write").readLock().acquireAsync()));
        held.put(
                "awaiting-read",
                world.get(rw(holder, "awaiting-read").writeLock().acquireAsync()));
        held.put("permits-awaited", world.get(permits(holder, "permits-awaited").acquireAsync(4)));
        held.put("permits-later", world.get(permits(holder, "permits-later").acquireAsync(4)));
        held.put("several-b", world.get(lock(holder, "several-b").acquireAsync()));
        behind.put("permits-later", permits(other, "permits-later").acquireAsync(2));
        stand("permits-later", 2);
    }

    private void stand(String name, int count) throws Exception {
        world.await(
                count + " stand on " + name,
                () -> world.nodes().stream()
                                .filter(node -> node.path().toString().startsWith(TOP + "/" + name + "/"))
                                .count()
                        == count);
    }

    private void standAll() throws Exception {
        for (Map.Entry<String, Integer> path : DyingClient.STANDING.entrySet()) {
            stand(path.getKey(), path.getValue());
        }
    }

    /** Those who wait for what the dying client holds, or behind it. */
    private void queueBehind() throws Exception {
        inherited.add(rw(other, "reading").writeLock().acquireAsync());
        inherited.add(rw(other, "writing").readLock().acquireAsync());
        inherited.add(rw(holder, "writing").readLock().acquireAsync());
        inherited.add(rw(other, "downgraded").writeLock().acquireAsync());
        inherited.add(rw(other, "awaiting-write").readLock().acquireAsync());
        inherited.add(permits(other, "permits-held").acquireAsync(2));
        inherited.add(lock(other, "several-a").acquireAsync());
        behind.put("awaiting-read", rw(other, "awaiting-read").writeLock().acquireAsync());
        behind.put("permits-awaited", permits(other, "permits-awaited").acquireAsync(4));
        stand("writing", 3);
        stand("awaiting-read", 3);
        stand("permits-awaited", 3);
        stand("permits-held", 2);
        stand("several-a", 2);
        for (CompletableFuture<? extends Grant> waiting : inherited) {
            assertThat(waiting).isNotDone();
        }
    }

    private void othersGoOn(String what, Duration session, long diedNanos, SchedulingProbe probe) throws Exception {
        for (CompletableFuture<? extends Grant> waiting : inherited) {
            world.get(waiting);
        }
        Duration took = Duration.ofNanos(System.nanoTime() - diedNanos);
        Figures.print(
                getClass().getSimpleName(),
                "%s: %d others go on within %d ms; the machine woke threads up to %.1f ms late",
                what,
                inherited.size(),
                took.toMillis(),
                probe.worst().toNanos() / 1e6);
        assertThat(took).isLessThanOrEqualTo(session.plus(GRACE).plus(probe.tolerance()));
        for (Grant grant : held.values()) {
            grant.release();
        }
        for (CompletableFuture<? extends Grant> waiting : behind.values()) {
            world.get(waiting).release();
        }
        for (CompletableFuture<? extends Grant> waiting : inherited) {
            world.get(waiting).release();
        }
    }

    /** RW5, SE6, MU5. */
    @Test
    void aProcessIsKilledInEveryState() throws Exception {
        try (ChildJvm child = ChildJvm.start("dying", DyingClient.class, ((ServerWorld) world).url(SESSION))) {
            child.awaitLine("ENTERED", PATIENCE);
            standAll();
            queueBehind();
            try (SchedulingProbe probe = new SchedulingProbe()) {
                long killed = System.nanoTime();
                child.kill();
                othersGoOn("killed -9", SESSION, killed, probe);
            }
        }
        world.await("nothing is left", () -> world.nodes().isEmpty());
    }

    /** RW5, SE6, MU4: of a client that lives on, those who wait queue again, and leave when it is closed. */
    @Test
    void aSessionEndsInEveryState() throws Exception {
        Conclave client = world.client();
        DyingClient dying = new DyingClient(client);
        dying.enter();
        standAll();
        queueBehind();
        try (SchedulingProbe probe = new SchedulingProbe()) {
            long ended = System.nanoTime();
            world.expire(client);
            othersGoOn("session ended", World.SESSION, ended, probe);
        }
        client.close();
        world.await("nothing is left", () -> world.nodes().isEmpty());
    }
}
