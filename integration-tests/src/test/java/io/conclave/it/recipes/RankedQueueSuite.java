package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.queue.Claim;
import io.conclave.queue.ClaimSource;
import io.conclave.queue.DistributedDelayQueue;
import io.conclave.queue.DistributedPriorityQueue;
import io.conclave.queue.DistributedQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link DistributedPriorityQueue} and {@link DistributedDelayQueue} do on every store: rules Q17 to Q19. */
abstract class RankedQueueSuite extends RecipeSuite {
    private static final Duration SOON = Duration.ofMillis(800);
    private static final Duration LATER = Duration.ofHours(1);

    private Conclave one;
    private Conclave two;
    private DistributedPriorityQueue<String> ranked;
    private DistributedDelayQueue<String> delayed;

    RankedQueueSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
        ranked = DistributedPriorityQueue.builder(one, "/ranked", Codec.utf8())
                .prefetch(1)
                .build();
        delayed = DistributedDelayQueue.of(one, "/delayed", Codec.utf8());
    }

    private List<String> drain(ClaimSource<String> from, int count) throws Exception {
        List<String> values = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Claim<String> claim = world.get(from.takeAsync());
            values.add(claim.value());
            world.get(claim.completeAsync());
        }
        return values;
    }

    /** Q17 (M9). */
    @Test
    void theLowestNumberComesFirstAndAmongEqualsTheEarliest() throws Exception {
        world.get(ranked.putAsync("late", 200));
        world.get(ranked.putAsync("b1", 7));
        world.get(ranked.putAsync("a1", 0));
        world.get(ranked.putAsync("b2", 7));
        world.get(world.background(() -> {
            ranked.putAll(List.of("a2", "a3"), 0);
            return null;
        }));
        world.get(ranked.putAsync("a4", 0));
        assertThat(drain(ranked, 3)).containsExactly("a1", "a2", "a3");
        world.get(ranked.putAsync("b3", 7));
        assertThat(drain(ranked, 5)).containsExactly("a4", "b1", "b2", "b3", "late");
    }

    /** Q17 (M9): an item that came back keeps its priority. */
    @Test
    void anItemThatCameBackKeepsItsPriority() throws Exception {
        world.get(ranked.putAsync("low", 9));
        Claim<String> low = world.get(ranked.takeAsync());
        world.get(ranked.putAsync("high", 1));
        world.get(world.background(() -> {
            low.giveBack();
            return null;
        }));
        assertThat(drain(ranked, 2)).containsExactly("high", "low");
    }

    @Test
    void aPriorityOutOfRangeIsRefused() {
        for (int priority : new int[] {-1, 256, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> ranked.put("x", priority))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + priority);
        }
        assertThatThrownBy(() -> delayed.put("x", Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> delayed.put("x", Duration.ofDays(40_000)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Q18: not before it is due, and those that are due first come first. */
    @Test
    void itemsComeWhenTheyAreDue() throws Exception {
        CompletableFuture<Claim<String>> first = delayed.takeAsync();
        world.get(delayed.putAsync("never", LATER));
        long begun = one.timekeeper().nanoTime();
        world.get(delayed.putAsync("soon", SOON));
        world.get(delayed.putAsync("now", Duration.ZERO));

        Claim<String> now = world.get(first);
        assertThat(now.value()).isEqualTo("now");
        world.get(now.completeAsync());
        assertThat(drain(delayed, 1)).containsExactly("soon");
        assertThat(one.timekeeper().nanoTime() - begun).isGreaterThanOrEqualTo(SOON.toNanos() - 2_000_000);
        assertThat(world.get(world.background(delayed::tryTake))).isEmpty();
        assertThat(world.get(world.background(delayed::stats)).items()).isEqualTo(1);
    }

    /** Q2: one kind a path. */
    @Test
    void aQueueOfAnotherKindIsRefused() throws Exception {
        world.get(ranked.putAsync("x", 1));
        DistributedQueue<String> fifo = DistributedQueue.of(two, "/ranked", Codec.utf8());
        assertThatThrownBy(() -> world.get(fifo.putAsync("y")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("priority");
    }
}
