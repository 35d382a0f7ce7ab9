package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.it.support.Figures;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedQueue;
import io.conclave.queue.QueueBuilder;
import io.conclave.queue.QueueStats;
import io.conclave.spi.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Rule Q8, failure T29: a commit of a queue is applied and its reply lost, again and again for each kind of commit; every second time a rival consumes before the loser can find out. What rivals can do
 * besides is played with virtual time ({@code QueueLostReplyTest} of the recipes). How often: the system property {@code conclave.lostReplies}.
 */
@Timeout(1_800)
abstract class QueueLostReplySuite extends RecipeSuite {
    private static final int TIMES = Integer.getInteger("conclave.lostReplies", 2);
    private static final String PATH = "/queues/lossy";

    private Conclave one;
    private DistributedQueue<String> queue;
    private DistributedQueue<String> rival;

    QueueLostReplySuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() throws Exception {
        one = world.client();
        queue = on(one).build();
        rival = on(world.client()).build();
        world.get(queue.putAsync("first"));
        assertThat(drain()).containsExactly("first");
    }

    @AfterEach
    void figures() {
        Figures.print(getClass().getSimpleName(), "%d lost replies, every second one with a rival", TIMES);
    }

    private static QueueBuilder<DistributedQueue<String>> on(Conclave client) {
        return DistributedQueue.builder(client, PATH, Codec.utf8()).prefetch(1);
    }

    /** Calls, with the reply of the first commit below that directory lost; every second time the rival acts before the caller can find out. */
    private <T> T withLostReply(int round, String directory, Supplier<CompletionStage<T>> call, Callable<?> meddler)
            throws Exception {
        boolean meddle = round % 2 == 1;
        CompletableFuture<?> lost = world.loseNextReply(one, path -> path.startsWith(PATH + directory), meddle);
        CompletionStage<T> result = call.get();
        world.get(lost);
        if (meddle) {
            meddler.call();
            world.heal(one);
        }
        T answer = world.get(result);
        world.await("the loser is in contact again", () -> one.state() == SessionState.ACTIVE);
        return answer;
    }

    private interface BlockingCall {
        void run() throws Exception;
    }

    private Supplier<CompletionStage<Boolean>> blocking(BlockingCall call) {
        return () -> world.background(() -> {
            call.run();
            return true;
        });
    }

    private String rivalConsumes() throws Exception {
        Claim<String> claim = world.get(rival.takeAsync());
        world.get(claim.completeAsync());
        return claim.value();
    }

    /** So that the rival need not wait for the loser's turn to end, which is on its way when the item has come. */
    private Claim<String> takeAndLeaveTheLine() throws Exception {
        Claim<String> claim = world.get(queue.takeAsync());
        world.await(
                "nobody is in line",
                () -> world.nodes().stream()
                        .noneMatch(node -> node.path().toString().startsWith(PATH + "/turn/")));
        return claim;
    }

    private List<String> drain() throws Exception {
        List<String> values = new ArrayList<>();
        for (var claim = world.get(world.background(rival::tryTake));
                claim.isPresent();
                claim = world.get(world.background(rival::tryTake))) {
            values.add(claim.get().value());
            world.get(claim.get().completeAsync());
        }
        return values;
    }

    private void nothingIsLeft() throws Exception {
        QueueStats stats = world.get(world.background(rival::stats));
        assertThat(List.of(stats.items(), stats.claimed(), stats.returned(), stats.dead()))
                .containsExactly(0, 0, 0, 0);
    }

    @Test
    void aPut() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            List<String> consumed = new ArrayList<>();
            withLostReply(i, "/items", () -> queue.putAsync(value), () -> consumed.add(rivalConsumes()));
            consumed.addAll(drain());
            assertThat(consumed).containsExactly(value);
            nothingIsLeft();
        }
    }

    @Test
    void aBatch() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            List<String> consumed = new ArrayList<>();
            withLostReply(
                    i,
                    "/items",
                    blocking(() -> queue.putAll(List.of("a", "b", "c"))),
                    () -> consumed.add(rivalConsumes()));
            consumed.addAll(drain());
            assertThat(consumed).containsExactly("a", "b", "c");
            nothingIsLeft();
        }
    }

    @Test
    void aClaim() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            world.get(rival.putAsync(value));
            Claim<String> claim =
                    withLostReply(i, "/claims", queue::takeAsync, () -> world.get(rival.putAsync("beside")));
            assertThat(claim.value()).isEqualTo(value);
            assertThat(claim.delivery()).isEqualTo(1);
            world.get(claim.completeAsync());
            assertThat(drain()).isEqualTo(i % 2 == 1 ? List.of("beside") : List.of());
            nothingIsLeft();
        }
    }

    @Test
    void aCompletion() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            world.get(rival.putAsync(value));
            world.get(rival.putAsync("next"));
            Claim<String> claim = takeAndLeaveTheLine();
            List<String> consumed = new ArrayList<>();
            withLostReply(i, "/deliveries", claim::completeAsync, () -> consumed.add(rivalConsumes()));
            consumed.addAll(drain());
            assertThat(claim.value()).isEqualTo(value);
            assertThat(consumed).containsExactly("next");
            nothingIsLeft();
        }
    }

    @Test
    void aReturn() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            world.get(rival.putAsync(value));
            Claim<String> claim = takeAndLeaveTheLine();
            List<String> consumed = new ArrayList<>();
            withLostReply(i, "/claims", blocking(claim::giveBack), () -> consumed.add(rivalConsumes()));
            consumed.addAll(drain());
            assertThat(consumed).containsExactly(value);
            nothingIsLeft();
        }
    }
}
