package io.conclave.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.TestStore;
import io.conclave.UnreadableDataException;
import io.conclave.backend.inmemory.RequestKind;
import io.conclave.spi.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a counter costs and refuses, with virtual time. */
@Timeout(60)
class DistributedCounterTest {
    private static final String PATH = "/counters/orders";

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final DistributedCounter counter = DistributedCounter.of(one, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    private long requests() {
        return store.faults(one).requests().total();
    }

    @Test
    void anIncrementWithoutRivalsIsOneRequest() throws Exception {
        counter.increment();
        long before = requests();
        for (int i = 0; i < 10; i++) {
            counter.increment();
        }
        assertThat(requests() - before).isEqualTo(10);
        assertThat(store.faults(one).requests().of(RequestKind.COMMIT)).isGreaterThanOrEqualTo(10);
    }

    @Test
    void changesThatWaitTogetherGoInOneCommit() throws Exception {
        counter.set(0);
        store.faults(one).suspend();
        List<CompletableFuture<Long>> adding = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            adding.add(counter.addAsync(1));
        }
        store.faults(one).resetRequests();
        store.faults(one).heal();
        store.advanceMillis(2_000);
        assertThat(adding.stream().map(CompletableFuture::join).distinct()).hasSize(100);
        assertThat(counter.get()).isEqualTo(100);
        assertThat(requests()).isLessThan(10);
    }

    @Test
    void aSumBeyondTheRangeIsRefusedAndNothingChanges() throws Exception {
        counter.set(Long.MAX_VALUE);
        assertThatThrownBy(counter::increment)
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining(PATH);
        assertThat(counter.get()).isEqualTo(Long.MAX_VALUE);
        assertThat(counter.add(-1)).isEqualTo(Long.MAX_VALUE - 1);
    }

    @Test
    void foreignBytesAreToldAndKept() throws Exception {
        one.nodes().set(PATH, new byte[] {1, 2, 3});
        assertThatThrownBy(counter::increment).isInstanceOf(UnreadableDataException.class);
        assertThatThrownBy(counter::get).isInstanceOf(UnreadableDataException.class);
        assertThat(one.nodes().get(PATH).orElseThrow().data().size()).isEqualTo(3);
    }

    @Test
    void withoutContactAChangeEndsByTheCallTimeoutAndIsNotApplied() throws Exception {
        counter.set(7);
        Conclave two = store.connect();
        store.faults(one).suspend();
        CompletableFuture<Long> adding = counter.addAsync(1);
        store.advanceMillis(60_000);
        assertThatThrownBy(adding::get)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfAny(UnavailableException.class, io.conclave.OutcomeUnknownException.class);
        store.faults(one).heal();
        store.advanceMillis(60_000);
        assertThat(DistributedCounter.of(two, PATH).get()).isEqualTo(7);
    }

    @Test
    void aCounterThatWasDeletedAndMadeAgainIsNotTakenForTheOldOne() throws Exception {
        counter.set(100);
        for (int i = 0; i < 5; i++) {
            counter.increment();
        }
        Conclave two = store.connect();
        DistributedCounter others = DistributedCounter.of(two, PATH);
        two.nodes().delete(PATH);
        for (int i = 0; i < 6; i++) {
            others.increment();
        }
        assertThat(two.nodes().get(PATH).orElseThrow().version()).isEqualTo(5); // as many changes as the first had
        assertThat(counter.increment()).isEqualTo(7);
    }

    @Test
    void badPathsAreRefusedBeforeAnythingIsSent() {
        for (String path : List.of("/", "a", "/a/", "/.conclave/x")) {
            assertThatThrownBy(() -> DistributedCounter.of(one, path)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
