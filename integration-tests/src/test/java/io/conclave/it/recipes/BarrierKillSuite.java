package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.barrier.DistributedBarrier;
import io.conclave.barrier.DistributedCountDownLatch;
import io.conclave.barrier.DistributedCyclicBarrier;
import io.conclave.barrier.DoubleBarrier;
import io.conclave.counter.DistributedCounter;
import io.conclave.counter.SharedValue;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process that stands in every state of every barrier is killed (-9): the others go on within a session time-out and two seconds, and nothing is left in the store. */
abstract class BarrierKillSuite extends RecipeSuite {
    private static final Duration LIMIT = World.SESSION.plusSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ChildJvm child;
    private Conclave one;
    private Conclave two;
    private String url;

    BarrierKillSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        Servers servers = SharedServers.of(store());
        url = servers.url("/kills" + store().name().toLowerCase(java.util.Locale.ROOT), World.SESSION);
        one = Conclave.connect(url);
        two = Conclave.connect(url);
    }

    @AfterEach
    void end() throws Exception {
        if (child != null) {
            child.close();
        }
        one.close();
        two.close();
    }

    private static <T> CompletableFuture<T> enterAll(List<CompletableFuture<T>> all) {
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(nothing -> all.get(0).join());
    }

    private int membersOf(String path) throws InterruptedException {
        return (int) one.nodes().subtree(path, 1_000).stream()
                .filter(node -> !node.owner().isEmpty())
                .count();
    }

    /** How many results of one kind the process has told. */
    private long told(String what) {
        return child.lines().stream().filter(line -> line.startsWith(what)).count();
    }

    @Test
    void theOthersGoOnWhenMembersAreKilledInEveryState() throws Exception {
        assertThat(DistributedBarrier.of(one, "/gate").block()).isTrue();
        SharedValue<String> value = SharedValue.of(one, "/value", Codec.utf8());
        value.set("0");
        List<Long> heard = new CopyOnWriteArrayList<>();
        Registration listening = SharedValue.of(two, "/value", Codec.utf8())
                .addListener(now -> now.ifPresent(each -> heard.add(Long.parseLong(each.value()))));
        child = ChildJvm.start("member", BarrierMember.class, url);
        for (String role : List.of("gate", "latch", "cyclic", "entering", "inside", "leaving", "counting", "valuing")) {
            child.awaitLine(role + " begins", PATIENCE);
        }

        List<CompletableFuture<DoubleBarrier.Entry>> in = new ArrayList<>();
        List<CompletableFuture<DoubleBarrier.Entry>> left = new ArrayList<>();
        for (Conclave client : List.of(one, two)) {
            in.add(DoubleBarrier.of(client, "/inside", 3).enterAsync());
            left.add(DoubleBarrier.of(client, "/leaving", 3).enterAsync());
        }
        enterAll(in).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        enterAll(left).get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        DistributedCyclicBarrier mine = DistributedCyclicBarrier.of(one, "/cyclic", 3);
        world.await("a member waits at the cyclic barrier", () -> mine.waiting() == 1);
        CompletableFuture<Integer> waiting = mine.awaitAsync();
        world.await("two wait at the cyclic barrier", () -> mine.waiting() == 2);
        DoubleBarrier enteringToo = DoubleBarrier.of(one, "/entering", 3);
        world.await("a member waits to enter", () -> enteringToo.waiting() == 1);
        world.await("one is leaving", () -> membersOf("/leaving/members") == 2);
        child.awaitLine("added 3", PATIENCE);
        child.awaitLine("valued 3", PATIENCE);
        child.awaitLine("inside got", PATIENCE);
        List<CompletableFuture<Boolean>> leave = new ArrayList<>();
        for (CompletableFuture<DoubleBarrier.Entry> entry : in) {
            leave.add(entry.join().leaveAsync());
        }

        child.kill();
        long killed = System.nanoTime();
        long valued = Long.parseLong(value.update(BarrierMember::next).value());

        assertThatThrownBy(() -> waiting.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .hasCauseInstanceOf(BrokenBarrierException.class);
        Duration cyclicAfter = Duration.ofNanos(System.nanoTime() - killed);
        for (CompletableFuture<Boolean> one : leave) {
            assertThatThrownBy(() -> one.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .hasCauseInstanceOf(BrokenBarrierException.class);
        }
        world.await("the dead member does not stand at the entry any more", () -> enteringToo.waiting() == 0);
        Duration after = Duration.ofNanos(System.nanoTime() - killed);
        Figures.print(
                getClass().getSimpleName(),
                "a process killed in 8 states; session %s, cyclic barrier broken after %s, all others go on after %s",
                World.SESSION,
                cyclicAfter,
                after);
        assertThat(after).isLessThan(LIMIT);

        for (CompletableFuture<DoubleBarrier.Entry> entry : left) {
            entry.join().close(); // the killed one had left before
        }
        assertThat(left.get(0).join().leaveAsync().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        assertThat(valued - 1).as("the value that the killed one left").isBetween(told("valued "), told("valued ") + 1);
        world.await("the listener hears of the change after the kill", () -> heard.contains(valued));
        assertThat(heard).as("values as they were heard").isSorted().doesNotHaveDuplicates();
        listening.close();
        long counted = DistributedCounter.of(one, "/counter").get();
        long told = told("added ");
        assertThat(counted).isBetween(told, told + 1); // the last answer may have come too late to be told
        DistributedCountDownLatch latchToo = DistributedCountDownLatch.of(one, "/latch", 2);
        assertThat(latchToo.countDown()).isEqualTo(1);
        assertThat(latchToo.countDown()).isZero();
        mine.reset();
        world.await(
                "nothing ephemeral is left",
                () -> one.nodes().subtree("/", 10_000).stream().map(Node::owner).allMatch(String::isEmpty));
        assertThat(one.nodes().subtree("/", 10_000).stream()
                        .map(node -> node.path().toString()))
                .containsExactlyInAnyOrder(
                        "/gate", "/latch", "/cyclic", "/entering", "/inside", "/leaving", "/counter", "/value");
    }
}
