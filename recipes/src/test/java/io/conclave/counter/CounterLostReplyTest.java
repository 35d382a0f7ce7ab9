package io.conclave.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.OutcomeUnknownException;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.spi.SessionState;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** T31: a change is applied and its answer lost, 200 times for each kind; every second time a rival overwrites or deletes before the loser finds out. */
@Timeout(120)
class CounterLostReplyTest {
    private static final int TIMES = 200;
    private static final String PATH = "/counters/orders";

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedCounter mine = DistributedCounter.of(one, PATH);
    private final DistributedCounter rivals = DistributedCounter.of(two, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    private <T> T withLostReply(Callable<T> call, Callable<?> rival) throws Exception {
        store.faults(one).onCommit(any -> true, 1, Fault.DROP_REPLY_AND_STAY_CUT);
        CompletableFuture<T> result = store.background(call);
        TestStore.eventually("the reply is lost", () -> one.state() == SessionState.SUSPENDED);
        rival.call();
        store.faults(one).heal();
        TestStore.eventually("the call has ended", () -> {
            store.advanceMillis(1);
            return result.isDone();
        });
        return result.get();
    }

    @Test
    void anIncrementCountsOnceAndTellsItsOwnResult() throws Exception {
        long expected = 0;
        for (int i = 0; i < TIMES; i++) {
            long before = expected;
            mine.add(0); // knows the version: the next commit is the one that counts
            boolean rival = i % 2 == 0;
            long told = withLostReply(mine::increment, () -> rival ? rivals.add(1_000) : 0);

            assertThat(told).as("increment %d", i).isEqualTo(before + 1);
            expected = before + 1 + (rival ? 1_000 : 0);
            assertThat(rivals.get()).as("value after %d", i).isEqualTo(expected);
        }
    }

    @Test
    void anIncrementOfACounterThatIsDeletedMeanwhileIsNotMadeAgain() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            rivals.set(i);
            mine.add(0);
            boolean deletes = i % 2 == 0;
            assertThat(withLostReply(
                            mine::increment, () -> deletes && two.nodes().delete(PATH)))
                    .isEqualTo(i + 1L);
            assertThat(rivals.get()).isEqualTo(deletes ? 0 : i + 1L);
        }
    }

    @Test
    void aCompareAndSetReportsItsOwnSuccess() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            rivals.set(i);
            mine.add(0);
            long next = 10_000L + i;
            int number = i;
            boolean rival = i % 2 == 0;
            assertThat(withLostReply(() -> mine.compareAndSet(number, next), () -> rival ? rivals.getAndSet(-1) : 0))
                    .as("compare and set %d", i)
                    .isTrue();
            assertThat(rivals.get()).isEqualTo(rival ? -1 : next);
        }
    }

    @Test
    void theFirstIncrementOfACounterIsAppliedOnce() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String path = PATH + i;
            DistributedCounter first = DistributedCounter.of(one, path);
            boolean rival = i % 2 == 0;
            assertThat(withLostReply(
                            first::increment,
                            () -> rival
                                    ? two.nodes().compareAndSet(path, 0, new byte[] {0, 0, 0, 0, 0, 0, 0, 9})
                                    : true))
                    .isEqualTo(1);
            assertThat(first.increment()).isEqualTo(rival ? 10 : 2);
        }
    }

    @Test
    void anIncrementWhoseSessionDiesFirstIsUnknownAndNeverRepeated() throws Exception {
        for (int i = 0; i < 20; i++) {
            rivals.set(0);
            mine.get();
            String session = one.health().sessionId();
            assertThatThrownBy(() -> withLostReply(mine::increment, () -> {
                        store.faults().session(session).expire();
                        return null;
                    }))
                    .rootCause()
                    .isNotNull();
            TestStore.eventually("there is a new session", () -> {
                store.advanceMillis(10);
                return one.health().isHealthy();
            });
            assertThat(rivals.get()).isEqualTo(1);
        }
    }

    @Test
    void whatIsUnknownIsToldAsUnknown() throws Exception {
        mine.set(0);
        String session = one.health().sessionId();
        store.faults(one).onCommit(any -> true, 1, Fault.DROP_REPLY_AND_STAY_CUT);
        CompletableFuture<Long> told = mine.addAsync(5);
        store.faults().session(session).expire();
        store.faults(one).heal();
        store.advance(TestStore.TTL);
        assertThatThrownBy(told::get).hasCauseInstanceOf(OutcomeUnknownException.class);
        assertThat(ByteBuffer.wrap(two.nodes().get(PATH).orElseThrow().data().toByteArray())
                        .getLong())
                .isEqualTo(5);
    }
}
