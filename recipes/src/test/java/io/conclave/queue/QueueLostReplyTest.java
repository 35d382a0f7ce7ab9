package io.conclave.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.GrantLostException;
import io.conclave.OutcomeUnknownException;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.spi.Commit;
import io.conclave.spi.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Rule Q8, failure T29: each commit of a queue is applied and its reply is lost, 200 times; every second time another client consumes, moves or claims what was written before the
 * one who wrote it finds out. No item is lost, none is there twice, and the caller is told what happened.
 */
@Timeout(120)
class QueueLostReplyTest {
    private static final int TIMES = 200;
    private static final String PATH = "/queue";

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedQueue<String> queue = on(one).build();
    private final DistributedQueue<String> rival = on(two).build();

    @AfterEach
    void close() {
        store.close();
    }

    private static QueueBuilder<DistributedQueue<String>> on(Conclave client) {
        return DistributedQueue.builder(client, PATH, Codec.utf8()).prefetch(1);
    }

    private static Predicate<Commit> writes(String directory) {
        return commit -> commit.writes().stream()
                .anyMatch(write -> write.place().toString().startsWith(PATH + directory));
    }

    /** Runs the call with the reply of its first such commit lost; while the caller is cut off and does not know, the meddler acts. */
    private <T> T withLostReply(Predicate<Commit> which, Callable<T> call, Callable<?> meddler) throws Exception {
        store.faults(one).onCommit(which, 1, Fault.DROP_REPLY_AND_STAY_CUT);
        CompletableFuture<T> result = store.background(call);
        TestStore.eventually("the reply is lost", () -> one.state() == SessionState.SUSPENDED);
        meddler.call();
        store.faults(one).heal();
        TestStore.eventually("the call has ended", () -> {
            store.advanceMillis(1);
            return result.isDone();
        });
        return result.get();
    }

    private static Callable<?> every2nd(int i, Callable<?> meddler) {
        return i % 2 == 0 ? meddler : () -> null;
    }

    private String rivalConsumes() {
        Claim<String> claim = rival.takeAsync().join();
        claim.completeAsync().join();
        return claim.value();
    }

    private List<String> drain() throws InterruptedException {
        List<String> values = new ArrayList<>();
        for (var claim = rival.tryTake(); claim.isPresent(); claim = rival.tryTake()) {
            values.add(claim.get().value());
            claim.get().complete();
        }
        return values;
    }

    private void nothingIsLeft() throws InterruptedException {
        QueueStats stats = rival.stats();
        assertThat(List.of(stats.items(), stats.claimed(), stats.returned(), stats.dead()))
                .containsExactly(0, 0, 0, 0);
    }

    @Test
    void aPutIsOneItem() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            List<String> consumed = new ArrayList<>();
            withLostReply(
                    writes("/items"),
                    () -> {
                        queue.put(value);
                        return null;
                    },
                    every2nd(i, () -> consumed.add(rivalConsumes())));
            consumed.addAll(drain());
            assertThat(consumed).containsExactly(value);
            nothingIsLeft();
        }
    }

    @Test
    void aBatchIsPutOnce() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            List<String> consumed = new ArrayList<>();
            withLostReply(
                    writes("/items"),
                    () -> {
                        queue.putAll(List.of("a", "b", "c"));
                        return null;
                    },
                    every2nd(i, () -> consumed.add(rivalConsumes())));
            consumed.addAll(drain());
            assertThat(consumed).containsExactly("a", "b", "c");
        }
        nothingIsLeft();
    }

    @Test
    void aBoundedPutIsOneItemAndStaysWithinTheBound() throws Exception {
        DistributedQueue<String> bounded = on(one).capacity(1).build();
        DistributedQueue<String> otherProducer = on(two).capacity(1).build();
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            List<String> consumed = new ArrayList<>();
            withLostReply(
                    writes("/items"),
                    () -> {
                        bounded.put(value);
                        return null;
                    },
                    every2nd(i, () -> {
                        assertThat(otherProducer.tryPut("too much")).isFalse();
                        consumed.add(rivalConsumes());
                        assertThat(otherProducer.tryPut("next")).isTrue();
                        return null;
                    }));
            consumed.addAll(drain());
            assertThat(consumed).containsExactlyElementsOf(i % 2 == 0 ? List.of(value, "next") : List.of(value));
        }
        nothingIsLeft();
    }

    @Test
    void aClaimIsDeliveredOnceAndOneThatWasTakenAwayCompletesNothing() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            rival.put("v" + i);
            List<Claim<String>> taken = new ArrayList<>();
            Claim<String> claim = withLostReply(writes("/claims"), queue::take, every2nd(i, () -> {
                String id = two.nodes().children(PATH + "/claims").get(0);
                two.contenders(PATH + "/turn")
                        .evict(two.contenders(PATH + "/turn")
                                .view()
                                .holder()
                                .orElseThrow()
                                .fencingToken()
                                .orElseThrow());
                assertThat(two.nodes().delete(PATH + "/claims/" + id)).isTrue();
                return taken.add(rival.takeAsync().join());
            }));
            assertThat(claim.delivery()).isEqualTo(1);
            if (i % 2 == 0) {
                assertThat(taken.get(0).delivery()).isEqualTo(2);
                assertThatThrownBy(claim::complete).isInstanceOf(GrantLostException.class);
                taken.get(0).complete();
            } else {
                claim.complete();
            }
            store.advanceMillis(100);
            nothingIsLeft();
        }
    }

    @Test
    void aCompletionIsOneAndTakesNothingElse() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            rival.put(value);
            rival.put("next");
            Claim<String> claim = queue.take();
            List<String> consumed = new ArrayList<>();
            withLostReply(
                    writes("/deliveries"),
                    () -> {
                        claim.complete();
                        return null;
                    },
                    every2nd(i, () -> consumed.add(rivalConsumes())));
            consumed.addAll(drain());
            assertThat(claim.value()).isEqualTo(value);
            assertThat(consumed).containsExactly("next");
            nothingIsLeft();
        }
    }

    @Test
    void anItemIsGivenBackOnceAlthoughAnotherHasCompletedItSince() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            rival.put(value);
            Claim<String> claim = queue.take();
            List<String> consumed = new ArrayList<>();
            withLostReply(
                    writes("/claims"),
                    () -> {
                        claim.giveBack();
                        return null;
                    },
                    every2nd(i, () -> consumed.add(rivalConsumes())));
            consumed.addAll(drain());
            assertThat(consumed).containsExactly(value);
            nothingIsLeft();
        }
    }

    @Test
    void anItemDiesOnceAndIsPutBackOnce() throws Exception {
        DistributedQueue<String> strict = on(one).maxDeliveries(1).build();
        for (int i = 0; i < TIMES; i++) {
            rival.put("poison" + i);
            strict.take().giveBack();
            rival.put("good");
            List<String> discarded = new ArrayList<>();
            Claim<String> good = withLostReply(writes("/dead"), strict::take, every2nd(i, () -> {
                DeadLetter<String> dead = rival.deadLetters(2).get(0);
                discarded.add(dead.value());
                return rival.discard(dead.id());
            }));
            assertThat(good.value()).isEqualTo("good");
            good.complete();
            if (i % 2 == 1) {
                String id = rival.deadLetters(2).get(0).id();
                List<String> consumed = new ArrayList<>();
                assertThat(withLostReply(
                                writes("/dead"),
                                () -> queue.putBack(id),
                                every2nd(i / 2, () -> consumed.add(rivalConsumes()))))
                        .isTrue();
                consumed.addAll(drain());
                assertThat(consumed).containsExactly("poison" + i);
            } else {
                assertThat(discarded).containsExactly("poison" + i);
            }
            nothingIsLeft();
        }
    }

    /** Rule Q8: the session dies before the answer comes: nobody can tell, the caller is told that, and nothing is put twice. */
    @Test
    void aPutWhoseSessionDiesIsUnknownAndNeverRepeated() throws Exception {
        queue.put("first");
        drain();
        for (int i = 0; i < TIMES; i++) {
            String value = "v" + i;
            String session = one.health().sessionId();
            boolean applied = i % 2 == 0;
            store.faults(one)
                    .onCommit(
                            writes("/items"),
                            1,
                            applied ? Fault.DROP_REPLY_AND_STAY_CUT : Fault.DROP_REQUEST_AND_STAY_CUT);
            CompletableFuture<Void> result = store.background(() -> {
                queue.put(value);
                return null;
            });
            TestStore.eventually("the reply is lost", () -> one.state() == SessionState.SUSPENDED);
            store.faults().session(session).expire();
            store.faults().session(session).heal();
            TestStore.eventually("the call has ended", () -> {
                store.advanceMillis(1);
                return result.isDone();
            });
            assertThatThrownBy(result::get).hasCauseInstanceOf(OutcomeUnknownException.class);
            store.advanceMillis(2_000);
            assertThat(drain()).isEqualTo(applied ? List.of(value) : List.of());
            nothingIsLeft();
        }
    }
}
