package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.GrantLostException;
import io.conclave.queue.Claim;
import io.conclave.queue.ClaimSource;
import io.conclave.queue.DeadLetter;
import io.conclave.queue.DistributedQueue;
import io.conclave.queue.QueueBuilder;
import io.conclave.queue.QueueStats;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link DistributedQueue} does on every store: rules Q1 to Q16, failures T29 and T30. */
abstract class QueueSuite extends RecipeSuite {
    private static final String PATH = "/queues/orders";
    private static final Duration SHORT = Duration.ofMillis(300);

    private Conclave one;
    private Conclave two;
    private DistributedQueue<String> queue;
    private DistributedQueue<String> other;

    QueueSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
        queue = on(one).build();
        other = on(two).build();
    }

    private static QueueBuilder<DistributedQueue<String>> on(Conclave client) {
        return DistributedQueue.builder(client, PATH, Codec.utf8());
    }

    private void put(DistributedQueue<String> to, String... values) throws Exception {
        for (String value : values) {
            world.get(to.putAsync(value));
        }
    }

    private Claim<String> take(ClaimSource<String> from) throws Exception {
        return world.get(from.takeAsync());
    }

    private void complete(Claim<String> claim) throws Exception {
        world.get(claim.completeAsync());
    }

    private List<String> drain(ClaimSource<String> from, int count) throws Exception {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Claim<String> claim = take(from);
            values.add(claim.value());
            complete(claim);
        }
        return values;
    }

    /** Everything below the queue but its tail and the lanes' own nodes. */
    private List<String> left() throws Exception {
        List<String> paths = new ArrayList<>();
        for (Node node : world.nodes()) {
            String path = node.path().toString();
            boolean lane = path.matches(PATH + "/(lanes|items)/[^/]+") || path.equals(PATH + "/tail");
            if (!lane && path.startsWith(PATH + "/")) {
                paths.add(path.substring(PATH.length()));
            }
        }
        return paths;
    }

    private void nothingIsLeft() throws Exception {
        world.await("nothing is left but the tail", () -> left().isEmpty());
    }

    private static Predicate<String> below(String directory) {
        return path -> path.startsWith(PATH + directory);
    }

    /** Q1 (M8), bar 3: order, and an empty store afterwards. */
    @Test
    void itemsComeInTheOrderOfTheirPutsAndLeaveNothing() throws Exception {
        put(queue, "a", "b");
        world.get(world.background(() -> {
            queue.putAll(List.of("c", "d", "e"));
            return null;
        }));
        put(other, "f", "g");
        assertThat(drain(other, 7)).containsExactly("a", "b", "c", "d", "e", "f", "g");
        nothingIsLeft();
        assertThat(world.get(world.background(queue::tryTake))).isEmpty();
    }

    /** Q1: the largest batch there is. */
    @Test
    void theLargestBatchIsOneCommit() throws Exception {
        List<String> batch = IntStream.range(0, 90).mapToObj(i -> "v" + i).toList();
        world.get(world.background(() -> {
            queue.putAll(batch);
            return null;
        }));
        assertThat(drain(other, 90)).isEqualTo(batch);
        assertThatThrownBy(() -> queue.putAll(java.util.Collections.nCopies(91, "x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("91");
        nothingIsLeft();
    }

    /** Q3 (T29, container reaped while a take waits, 308): the queue need not exist when the take begins. */
    @Test
    void aTakeWaitsForTheFirstPutEver() throws Exception {
        CompletableFuture<Claim<String>> first = queue.takeAsync();
        CompletableFuture<Claim<String>> second = other.takeAsync();
        world.await("both are in line", () -> left().size() == 2);

        put(other, "a", "b");

        Claim<String> mine = world.get(first);
        Claim<String> yours = world.get(second);
        assertThat(List.of(mine.value(), yours.value())).containsExactlyInAnyOrder("a", "b");
        complete(mine);
        complete(yours);
        nothingIsLeft();
    }

    /** Q4, Q5 (T29, consumer crash): the item goes to the next, as the second delivery; the old claim can do nothing. */
    @Test
    void anItemWhoseConsumerDiesIsDeliveredAgainAndTheOldClaimIsVoid() throws Exception {
        put(queue, "a", "b");
        Claim<String> lost = take(queue);
        CompletableFuture<Claim<String>> next = other.takeAsync();

        world.expire(one);

        Claim<String> again = world.get(next);
        assertThat(lost.isValid()).isFalse();
        assertThat(again.delivery()).isEqualTo(2);
        assertThatThrownBy(() -> complete(lost)).isInstanceOf(GrantLostException.class);
        Claim<String> last = take(other);
        assertThat(List.of(again.value(), last.value())).containsExactlyInAnyOrder("a", "b");
        complete(again);
        complete(last);
        nothingIsLeft();
    }

    /** Q5: the store decides, not the belief: a claim that went to another is refused although its own session lives. */
    @Test
    void aClaimThatWasTakenAwayIsRefusedByTheStore() throws Exception {
        put(queue, "a");
        Claim<String> evicted = take(queue);
        world.get(world.background(() -> two.nodes().delete(PATH + "/claims/" + evicted.id())));
        Claim<String> again = take(other);

        assertThatThrownBy(() -> complete(evicted)).isInstanceOf(GrantLostException.class);
        assertThat(again.delivery()).isEqualTo(2);
        complete(again);
        nothingIsLeft();
    }

    /** Q8 (T29, lost put): one item. */
    @Test
    void aPutWhoseReplyIsLostIsOneItem() throws Exception {
        put(queue, "a");
        CompletableFuture<?> lost = world.loseNextReply(one, below("/items/"), false);
        CompletableFuture<Void> putting = queue.putAsync("b");
        world.get(lost);
        world.get(putting);
        put(other, "c");
        assertThat(drain(other, 3)).containsExactly("a", "b", "c");
        nothingIsLeft();
    }

    /** Q8 (T29, lost claim): it is this consumer's, once. */
    @Test
    void aClaimWhoseReplyIsLostIsDeliveredOnce() throws Exception {
        put(queue, "a");
        CompletableFuture<?> lost = world.loseNextReply(one, below("/claims/"), false);
        CompletableFuture<Claim<String>> taking = queue.takeAsync();
        world.get(lost);
        Claim<String> claim = world.get(taking);
        assertThat(claim.delivery()).isEqualTo(1);
        assertThat(world.get(world.background(other::tryTake))).isEmpty();
        complete(claim);
        nothingIsLeft();
    }

    /** Q8 (T29, lost delete): completed once, and the next item stays. */
    @Test
    void aCompletionWhoseReplyIsLostIsOne() throws Exception {
        put(queue, "a", "b");
        Claim<String> claim = take(queue);
        CompletableFuture<?> lost = world.loseNextReply(one, below("/deliveries/"), false);
        CompletableFuture<Void> completing = claim.completeAsync();
        world.get(lost);
        world.get(completing);
        assertThat(drain(queue, 1)).containsExactly("b");
        nothingIsLeft();
    }

    /** Q6 (T29, session change in the middle, 605): a take goes on with the next session. */
    @Test
    void aTakeThatWaitsGoesOnWithTheNextSession() throws Exception {
        CompletableFuture<Claim<String>> taking = queue.takeAsync();
        world.await("it is in line", () -> left().size() == 1);
        world.expire(one);
        put(other, "a");
        Claim<String> claim = world.get(taking);
        assertThat(claim.value()).isEqualTo("a");
        assertThat(claim.delivery()).isEqualTo(1);
        complete(claim);
        nothingIsLeft();
    }

    /** Q6 (T29, long partition, 623): the others go on meanwhile, and it goes on afterwards. */
    @Test
    void consumptionGoesOnAfterALongPartition() throws Exception {
        CompletableFuture<Claim<String>> taking = queue.takeAsync();
        world.await("it is in line", () -> left().size() == 1);
        world.cut(one);
        put(other, "a");
        assertThat(drain(other, 1)).containsExactly("a");
        world.heal(one);
        put(other, "b");
        Claim<String> claim = world.get(taking);
        assertThat(claim.value()).isEqualTo("b");
        complete(claim);
        nothingIsLeft();
    }

    /** Q4 (T29, name growth on requeue, 56): the item stays where it is, however often it comes back. */
    @Test
    void anItemThatIsGivenBackKeepsItsNameAndCountsItsDeliveries() throws Exception {
        put(queue, "a");
        String id = null;
        for (int delivery = 1; delivery <= 5; delivery++) {
            Claim<String> claim = take(delivery % 2 == 0 ? queue : other);
            assertThat(claim.delivery()).isEqualTo(delivery);
            assertThat(id == null || id.equals(claim.id())).isTrue();
            id = claim.id();
            world.get(world.background(() -> {
                claim.giveBack();
                return null;
            }));
        }
        assertThat(drain(other, 1)).containsExactly("a");
        nothingIsLeft();
    }

    /** Q7: after so many deliveries it is dead, and can be put again or removed. */
    @Test
    void anItemThatIsDeliveredTooOftenIsDead() throws Exception {
        DistributedQueue<String> strict = on(one).prefetch(1).maxDeliveries(2).build();
        put(queue, "poison", "good");
        for (int i = 0; i < 2; i++) {
            Claim<String> claim = take(strict);
            assertThat(claim.value()).isEqualTo("poison");
            world.get(world.background(() -> {
                claim.giveBack();
                return null;
            }));
        }
        assertThat(drain(strict, 1)).containsExactly("good");
        DeadLetter<String> dead =
                world.get(world.background(() -> strict.deadLetters(10))).get(0);
        assertThat(dead.value()).isEqualTo("poison");
        assertThat(world.get(world.background(() -> queue.putBack(dead.id())))).isTrue();
        assertThat(world.get(world.background(() -> queue.putBack(dead.id())))).isFalse();
        Claim<String> again = take(strict);
        assertThat(again.value()).isEqualTo("poison");
        assertThat(again.delivery()).isEqualTo(1);
        complete(again);
        assertThat(world.get(world.background(() -> queue.discard(dead.id())))).isFalse();
        nothingIsLeft();
    }

    /** Q9: what is written with the completion is written once, or the claim stands. */
    @Test
    void theResultIsWrittenWithTheCompletionOrNeither() throws Exception {
        NodePath result = NodePath.of("/results/a");
        Write write = Write.create(result, Payload.utf8("done"), CreateMode.PERSISTENT);
        put(queue, "a");
        Claim<String> claim = take(queue);

        CommitResult refused = world.get(claim.completeAsync(
                parts -> parts.guard(Guard.present(NodePath.of("/go"))).write(write)));
        assertThat(((CommitResult.Refused) refused).index()).isZero();
        assertThat(claim.isValid()).isTrue();
        world.get(world.background(() -> two.nodes().create("/results/a", new byte[0], CreateMode.PERSISTENT)));
        refused = world.get(claim.completeAsync(parts -> parts.write(write)));
        assertThat(((CommitResult.Refused) refused).index()).isZero();
        world.get(world.background(() -> two.nodes().delete("/results/a")));

        assertThat(world.get(claim.completeAsync(parts -> parts.write(write))))
                .isInstanceOf(CommitResult.Applied.class);
        assertThat(world.nodes()).anyMatch(node -> node.path().equals(result));
        nothingIsLeft();
    }

    /** Q10 (T30): several producers, one bound. */
    @Test
    void noSetOfProducersGoesBeyondTheCapacity() throws Exception {
        int capacity = 3;
        int each = store() == Store.EMBEDDED ? 20 : 6;
        List<CompletableFuture<Void>> puts = new ArrayList<>();
        List<Conclave> producers = List.of(one, two, world.client());
        for (Conclave producer : producers) {
            DistributedQueue<String> bounded = on(producer).capacity(capacity).build();
            IntStream.range(0, each).forEach(i -> puts.add(bounded.putAsync("x" + i)));
        }
        DistributedQueue<String> consumer = on(two).prefetch(1).build();
        List<String> got = new ArrayList<>();
        while (got.size() < producers.size() * each) {
            got.addAll(drain(consumer, 1));
            assertThat(left().stream().filter(path -> path.matches("/items/.*/.*")))
                    .hasSizeLessThanOrEqualTo(capacity);
        }
        for (CompletableFuture<Void> put : puts) {
            world.get(put);
        }
        nothingIsLeft();
    }

    /** Q10: a full queue refuses, or lets wait, and one that names another capacity is told. */
    @Test
    void aFullQueueRefusesOrLetsWait() throws Exception {
        DistributedQueue<String> bounded = on(one).capacity(1).build();
        put(bounded, "a");
        assertThat(world.get(world.background(() -> bounded.tryPut("b")))).isFalse();
        assertThat(world.get(world.background(() -> other.tryPut("b")))).isFalse();
        CompletableFuture<Void> late = world.background(() -> {
            other.put("b", SHORT);
            return null;
        });
        assertThatThrownBy(() -> world.get(late)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> put(on(two).capacity(2).build(), "b"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("capacity 1")
                .hasMessageContaining("capacity 2");

        CompletableFuture<Void> waiting = other.putAsync("b");
        world.await("it waits for room", () -> left().stream().anyMatch(path -> path.startsWith("/room/")));
        assertThat(world.get(world.background(() -> other.tryPut("b")))).isFalse();
        CompletableFuture<Void> cancelled = other.putAsync("c");
        cancelled.cancel(false);
        assertThat(drain(queue, 2)).containsExactly("a", "b");
        world.get(waiting);
        nothingIsLeft();
    }

    /** Q11: many consumers, each item once. */
    @Test
    void manyConsumersGetEachItemOnce() throws Exception {
        int items = store() == Store.EMBEDDED ? 200 : 60;
        List<DistributedQueue<String>> consumers = new ArrayList<>(List.of(queue, other));
        consumers.add(on(world.client()).prefetch(3).build());
        consumers.add(on(world.client()).prefetch(1).build());
        List<CompletableFuture<Claim<String>>> takes = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            takes.add(consumers.get(i % consumers.size()).takeAsync());
        }
        List<CompletableFuture<Void>> puts = new ArrayList<>();
        for (int i = 0; i < items; i++) {
            puts.add(queue.putAsync("i" + i));
        }
        List<String> got = new ArrayList<>();
        List<CompletableFuture<Void>> completions = new ArrayList<>();
        for (CompletableFuture<Claim<String>> take : takes) {
            Claim<String> claim = world.get(take);
            assertThat(claim.delivery()).isEqualTo(1);
            got.add(claim.value());
            completions.add(claim.completeAsync());
        }
        for (CompletableFuture<Void> completion : completions) {
            world.get(completion);
        }
        for (CompletableFuture<Void> put : puts) {
            world.get(put);
        }
        assertThat(got).doesNotHaveDuplicates().hasSize(items);
        nothingIsLeft();
    }

    /** Q12: what was claimed ahead and is not taken goes back as if it had never been claimed. */
    @Test
    void whatIsClaimedAheadAndNotTakenGoesBackUntouched() throws Exception {
        DistributedQueue<String> eager = on(one).keepUnused(SHORT).build();
        put(queue, "a", "b", "c");
        Claim<String> first = take(eager);
        Claim<String> second = take(other);
        assertThat(second.value()).isEqualTo("b");
        assertThat(second.delivery()).isEqualTo(1);
        complete(first);
        complete(second);
        other.close();
        assertThat(drain(queue, 1)).containsExactly("c");
        nothingIsLeft();
    }

    /** Q13: a wait that ends leaves nothing, and loses no item. */
    @Test
    void aTakeThatEndsWithoutAnItemLeavesNothing() throws Exception {
        CompletableFuture<Claim<String>> interrupted = world.background(() -> queue.take());
        world.await("it is in line", () -> left().size() == 1);
        world.interrupt(interrupted);
        assertThatThrownBy(() -> world.get(interrupted)).isInstanceOf(InterruptedException.class);
        nothingIsLeft();
        CompletableFuture<Claim<String>> late = world.background(() -> queue.take(SHORT));
        assertThatThrownBy(() -> world.get(late)).isInstanceOf(TimeoutException.class);
        CompletableFuture<Claim<String>> cancelled = queue.takeAsync();
        cancelled.cancel(false);
        nothingIsLeft();
        put(queue, "a");
        assertThat(drain(other, 1)).containsExactly("a");
        nothingIsLeft();
    }

    /** Q14: counted in the store. */
    @Test
    void theStatsCountWhatIsThere() throws Exception {
        put(queue, "a", "b", "c");
        Claim<String> held = take(on(one).prefetch(1).build());
        QueueStats stats = world.get(world.background(other::stats));
        assertThat(stats.items()).isEqualTo(3);
        assertThat(stats.claimed()).isEqualTo(1);
        assertThat(stats.waiting()).isEqualTo(2);
        assertThat(stats.capacity()).isEmpty();
        world.get(world.background(() -> {
            held.giveBack();
            return null;
        }));
        assertThat(world.get(world.background(other::stats)).returned()).isEqualTo(1);
    }

    /** Q15: lanes that were filled and emptied are removed. */
    @Test
    void emptiedLanesAreRemoved() throws Exception {
        for (int batch = 0; batch < 3; batch++) {
            world.get(world.background(() -> {
                queue.putAll(List.of("a", "b"));
                return null;
            }));
        }
        put(queue, "z");
        assertThat(drain(other, 7)).containsExactly("a", "b", "a", "b", "a", "b", "z");
        CompletableFuture<Claim<String>> waiting = other.takeAsync();
        world.await(
                "one lane is left",
                () -> world.nodes().stream()
                                .filter(node -> node.path().parent().toString().equals(PATH + "/lanes"))
                                .count()
                        == 1);
        put(queue, "end");
        complete(world.get(waiting));
    }
}
