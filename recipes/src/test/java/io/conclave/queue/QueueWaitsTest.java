package io.conclave.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.GrantLostException;
import io.conclave.TestStore;
import io.conclave.UnreadableDataException;
import io.conclave.UnsupportedLayoutException;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Waiting, being told, and wrong use of queues, with virtual time. */
@Timeout(60)
class QueueWaitsTest {
    private static final String PATH = "/queue";

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    private static DistributedQueue<String> queue(Conclave client) {
        return DistributedQueue.of(client, PATH, Codec.utf8());
    }

    private long requests(Conclave client) {
        return store.faults(client).requests().total();
    }

    /** Rule Q11: of many that wait, only the one in turn is told. */
    @Test
    void anItemThatComesWakesOneConsumer() {
        List<Conclave> clients =
                IntStream.range(0, 10).mapToObj(i -> store.connect()).toList();
        List<CompletableFuture<Claim<String>>> takes = new ArrayList<>();
        clients.forEach(client -> takes.add(queue(client).takeAsync()));
        store.advanceMillis(100);
        long[] before = clients.stream().mapToLong(this::requests).toArray();

        queue(one).putAsync("a").join();

        assertThat(takes.get(0)).isCompleted();
        for (int i = 2; i < clients.size(); i++) {
            assertThat(requests(clients.get(i))).as("requests of consumer " + i).isEqualTo(before[i]);
        }
    }

    /** Rule Q18: a clock that is set on is noticed, and lanes that are over are removed (Q15). */
    @Test
    void aStepOfTheWallClockIsNoticedAndOldLanesAreRemoved() throws InterruptedException {
        DistributedDelayQueue<String> delayed = DistributedDelayQueue.of(one, PATH, Codec.utf8());
        for (int minute = 0; minute < 5; minute++) {
            delayed.put("m" + minute, Duration.ofMinutes(minute));
        }
        for (int minute = 0; minute < 5; minute++) {
            CompletableFuture<Claim<String>> taking = delayed.takeAsync();
            if (minute > 0) {
                assertThat(taking).isNotDone();
                store.clock.stepWallClock(Duration.ofMinutes(1));
                store.advanceMillis(10_000);
            }
            assertThat(taking.join().value()).isEqualTo("m" + minute);
            taking.join().complete();
        }
        store.clock.stepWallClock(Duration.ofMinutes(3));
        CompletableFuture<Claim<String>> taking = delayed.takeAsync();
        store.advanceMillis(90_000);
        assertThat(two.nodes().children(PATH + "/lanes")).isEmpty();
        delayed.put("end", Duration.ZERO);
        store.advanceMillis(10);
        assertThat(taking.join().value()).isEqualTo("end");
    }

    /** Rule Q15: many own puts go on into a next lane, in order, and none is left. */
    @Test
    void longQueuesHaveSeveralLanesAndOneOrder() throws InterruptedException {
        DistributedQueue<String> queue = queue(one);
        int items = 1_700;
        for (int i = 0; i < items; i++) {
            queue.put("i" + i);
        }
        assertThat(two.nodes().children(PATH + "/lanes")).hasSizeGreaterThan(2);
        DistributedQueue<String> consumer = queue(two);
        for (int i = 0; i < items; i++) {
            Claim<String> claim = consumer.take();
            assertThat(claim.value()).isEqualTo("i" + i);
            claim.complete();
        }
        assertThat(consumer.tryTake()).isEmpty();
        CompletableFuture<Claim<String>> waiting = consumer.takeAsync();
        store.advance(Duration.ofSeconds(70));
        assertThat(two.nodes().children(PATH + "/lanes")).hasSize(1);
        waiting.cancel(false);
    }

    /** Rule Q6: onLost is told once, at once after the pause, and never after the end. */
    @Test
    void aLossIsToldOnce() throws InterruptedException {
        DistributedQueue<String> queue = queue(one);
        queue.put("a");
        queue.put("b");
        List<String> told = new ArrayList<>();
        Claim<String> lost = queue.take();
        Claim<String> completed = queue.take();
        lost.onLost(() -> told.add("a"));
        completed.onLost(() -> told.add("b"));
        completed.complete();
        var faults = store.faults(one);
        faults.pause();
        store.advance(Duration.ofSeconds(20));
        faults.resume();
        assertThat(lost.isValid()).isFalse();
        store.advanceMillis(2_000);
        assertThat(told).containsExactly("a");
        assertThatThrownBy(lost::complete).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(completed::complete).isInstanceOf(IllegalStateException.class);
        lost.close();
        assertThat(one.health().waiting()).isZero();
    }

    @Test
    void closingFailsWhoWaitsAndGivesBackWhatWasClaimedAhead() throws Exception {
        DistributedQueue<String> queue = queue(one);
        queue.putAll(List.of("a", "b", "c"));
        Claim<String> claim = queue.take();
        queue.close();
        queue.close();
        assertThatThrownBy(() -> queue.takeAsync().join()).hasCauseInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> queue.put("x")).isInstanceOf(BackendClosedException.class);
        assertThat(queue(two).stats().claimed()).isEqualTo(1);
        assertThat(queue(two).stats().returned()).isZero();
        claim.complete();
        CompletableFuture<Claim<String>> waiting = queue(two).takeAsync();
        assertThat(waiting.join().value()).isEqualTo("b");
        CompletableFuture<Claim<String>> third =
                DistributedQueue.of(one, "/none", Codec.utf8()).takeAsync();
        one.close();
        assertThatThrownBy(third::join).hasCauseInstanceOf(BackendClosedException.class);
    }

    @Test
    void whatCannotBeReadStaysClaimedAndCanBeBuried() throws InterruptedException {
        DistributedQueue<Long> numbers = DistributedQueue.builder(two, PATH, Codec.longs())
                .maxDeliveries(1)
                .build();
        queue(one).put("no number");
        Claim<Long> claim = numbers.take();
        assertThatThrownBy(claim::value).isInstanceOf(UnreadableDataException.class);
        claim.giveBack();
        assertThat(numbers.tryTake()).isEmpty();
        DeadLetter<Long> dead = numbers.deadLetters(1).get(0);
        assertThatThrownBy(dead::value).isInstanceOf(UnreadableDataException.class);
        assertThat(numbers.discard(dead.id())).isTrue();
    }

    @Test
    void badInputIsRefusedBeforeAnythingIsSent() throws InterruptedException {
        DistributedQueue<String> queue = queue(one);
        var builder = DistributedQueue.builder(one, PATH, Codec.utf8());
        for (int wrong : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> builder.capacity(wrong)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> builder.prefetch(wrong)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> builder.maxDeliveries(wrong)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> queue.deadLetters(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> builder.prefetch(21)).hasMessageContaining("21");
        assertThatThrownBy(() -> builder.keepUnused(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.take(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.put("x", Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.put(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> queue.putAll(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> queue.putBack("../x")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DistributedQueue.of(one, "/", Codec.utf8()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DistributedQueue.of(one, "/.conclave/q", Codec.utf8()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DistributedQueue.of(one, PATH, Codec.bytes())
                        .put(new byte[one.capabilities().maxPayloadBytes() + 1]))
                .isInstanceOf(PayloadTooLargeException.class);
        assertThat(two.nodes().children("/")).isEmpty();
    }

    @Test
    void blockingVerbsInCallbacksAreRefused() {
        DistributedQueue<String> queue = queue(one);
        CompletableFuture<Claim<String>> taking = queue.takeAsync();
        CompletableFuture<Throwable> refused =
                taking.handle((claim, failure) -> org.assertj.core.api.Assertions.catchThrowable(claim::complete));
        queue(two).putAsync("a").join();
        store.advanceMillis(10);
        assertThat(refused.join()).isInstanceOf(IllegalStateException.class);
        taking.join().completeAsync().join();
    }

    @Test
    void anUnknownTailIsRefused() throws InterruptedException {
        two.nodes().set(PATH + "/tail", "conclave-queue/2\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThatThrownBy(() -> queue(one).put("a")).isInstanceOf(UnsupportedLayoutException.class);
    }

    /** Rule Q9: what a completion must not touch is refused, and the claim stands. */
    @Test
    void aCompletionThatWritesTheReservedOrItsOwnNodesIsRefused() throws InterruptedException {
        DistributedQueue<String> queue = queue(one);
        queue.put("a");
        Claim<String> claim = queue.take();
        Node item = two.nodes().subtree(PATH + "/claims", 10).get(0);
        for (String path : List.of("/.conclave/x", item.path().toString())) {
            assertThatThrownBy(() -> claim.complete(parts -> parts.write(Write.delete(NodePath.of(path)))))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> claim.completeAsync(parts -> {
                            throw new IllegalStateException("the caller's own");
                        })
                        .join())
                .isInstanceOf(CompletionException.class)
                .hasRootCauseMessage("the caller's own");
        assertThat(claim.complete(parts -> {})).isInstanceOf(CommitResult.Applied.class);
    }
}
