package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.counter.DistributedCounter;
import io.conclave.counter.SharedValue;
import io.conclave.counter.VersionedValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@link DistributedCounter} and {@link SharedValue} do on every store. */
abstract class ValueSuite extends RecipeSuite {
    private static final String COUNTER = "/counters/orders";
    private static final String VALUE = "/values/colour";
    private static final int LOST_REPLIES = Integer.getInteger("conclave.lostReplies", 4);

    private Conclave one;
    private Conclave two;

    ValueSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
    }

    /** M10: the sum is that of all, and each was alone at some moment. */
    @Test
    void changesOfManyClientsAddUpAndEachHasAResultOfItsOwn() throws Exception {
        List<CompletableFuture<Long>> adding = new ArrayList<>();
        DistributedCounter mine = DistributedCounter.of(one, COUNTER);
        DistributedCounter others = DistributedCounter.of(two, COUNTER);
        for (int i = 0; i < 40; i++) {
            adding.add((i % 2 == 0 ? mine : others).addAsync(1));
        }
        List<Long> results = new ArrayList<>();
        for (CompletableFuture<Long> one : adding) {
            results.add(world.get(one));
        }
        assertThat(results).doesNotHaveDuplicates().allMatch(value -> value >= 1 && value <= 40);
        assertThat(world.get(mine.getAsync())).isEqualTo(40);
        assertThat(world.get(others.compareAndSetAsync(40, 7))).isTrue();
        assertThat(world.get(mine.compareAndSetAsync(40, 8))).isFalse();
        assertThat(world.get(mine.addAsync(-9))).isEqualTo(-2);
    }

    /** T31: counts once and tells its own result, also when a rival adds, or deletes, before the loser finds out. */
    @Test
    @Timeout(1_200)
    void anIncrementWhoseReplyIsLostCountsOnce() throws Exception {
        DistributedCounter mine = DistributedCounter.of(one, COUNTER);
        DistributedCounter rivals = DistributedCounter.of(two, COUNTER);
        for (int i = 0; i < LOST_REPLIES; i++) {
            long before = world.get(mine.addAsync(1));
            CompletableFuture<?> lost = world.loseNextReply(one, COUNTER::equals, i % 2 == 1);
            CompletableFuture<Long> adding = mine.addAsync(1);
            world.get(lost);
            if (i % 4 == 1) {
                world.get(rivals.addAsync(100));
            } else if (i % 4 == 3) {
                assertThat(world.get(world.background(() -> two.nodes().delete(COUNTER))))
                        .isTrue();
            }
            world.heal(one);
            assertThat(world.get(adding)).as("round %d", i).isEqualTo(before + 1);
            assertThat(world.get(rivals.getAsync()))
                    .as("round %d", i)
                    .isEqualTo(i % 4 == 1 ? before + 101 : i % 4 == 3 ? 0 : before + 1);
        }
    }

    /** T31: a compare-and-set reports its own success, and the version is that of its own write. */
    @Test
    @Timeout(1_200)
    void aTrySetWhoseReplyIsLostReportsItsOwnSuccess() throws Exception {
        SharedValue<String> mine = SharedValue.of(one, VALUE, Codec.utf8());
        SharedValue<String> rivals = SharedValue.of(two, VALUE, Codec.utf8());
        for (int i = 0; i < LOST_REPLIES; i++) {
            VersionedValue<String> before = world.get(mine.setAsync("before"));
            CompletableFuture<?> lost = world.loseNextReply(one, VALUE::equals, i % 2 == 1);
            CompletableFuture<Optional<VersionedValue<String>>> setting = mine.trySetAsync(before.version(), "mine");
            world.get(lost);
            Optional<VersionedValue<String>> rival =
                    i % 2 == 1 ? Optional.of(world.get(rivals.setAsync("rival"))) : Optional.empty();
            world.heal(one);
            Optional<VersionedValue<String>> told = world.get(setting);
            assertThat(told).as("round %d", i).isPresent();
            assertThat(told.get().version()).isGreaterThan(before.version());
            assertThat(world.get(rivals.getAsync())).as("round %d", i).isEqualTo(rival.isPresent() ? rival : told);
            rival.ifPresent(
                    set -> assertThat(set.version()).isGreaterThan(told.get().version()));
        }
    }

    /** M11: a version has one value for ever, and no reader's version falls; T32: the latest is never missed, and a mere disconnect not told. */
    @Test
    void aListenerHearsTheLatestWithRisingVersionsOverCutsAndLostSessions() throws Exception {
        SharedValue<String> mine = SharedValue.of(one, VALUE, Codec.utf8());
        SharedValue<String> others = SharedValue.of(two, VALUE, Codec.utf8());
        List<Optional<VersionedValue<String>>> heard = new CopyOnWriteArrayList<>();
        Map<Long, String> written = new ConcurrentHashMap<>();
        mine.addListener(heard::add);
        world.await("it hears that there is none", () -> heard.equals(List.of(Optional.empty())));

        write(others, "red", written);
        world.await("it hears red", () -> last(heard).equals("red"));
        int before = heard.size();
        world.cut(one);
        world.heal(one);
        world.await("it is back", () -> one.health().isHealthy());
        world.expire(one);
        world.get(mine.getAsync());
        assertThat(heard).hasSize(before);

        world.cut(one);
        write(others, "green", written);
        write(others, "blue", written);
        world.heal(one);
        world.await("it hears blue", () -> last(heard).equals("blue"));
        world.expire(one);
        write(others, "white", written);
        world.await("it hears white", () -> last(heard).equals("white"));

        List<Long> versions = heard.stream()
                .flatMap(Optional::stream)
                .map(VersionedValue::version)
                .toList();
        assertThat(versions).isSorted().doesNotHaveDuplicates();
        heard.stream()
                .flatMap(Optional::stream)
                .forEach(value -> assertThat(written).containsEntry(value.version(), value.value()));
    }

    private void write(SharedValue<String> to, String value, Map<Long, String> written) throws Exception {
        VersionedValue<String> set = world.get(to.setAsync(value));
        assertThat(written.put(set.version(), value)).isNull();
    }

    private static String last(List<Optional<VersionedValue<String>>> heard) {
        return heard.get(heard.size() - 1).map(VersionedValue::value).orElse("none");
    }
}
