package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.VirtualClock;
import io.conclave.fencing.StaleTokenException;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How users test their own code: with time that they turn and faults that they order. */
@Timeout(30)
class PausedHolderTest {
    private static final String PATH = "/locks/orders";

    // snippet:store
    private final VirtualClock clock = new VirtualClock();
    private final EmbeddedStore store =
            EmbeddedStore.builder().name("orders-test").clock(clock).register();
    private final Conclave ada = connect();
    private final Conclave ben = connect();

    private static Conclave connect() { // as the code under test does, but callbacks run at once
        return Conclave.builder("inmemory:orders-test").executor(Runnable::run).connect();
    }
    // end

    private final Ledger ledger = new Ledger();

    @AfterEach
    void close() {
        clock.advanceInAwait(true);
        ada.close();
        ben.close();
        EmbeddedStore.discard("orders-test");
    }

    // snippet:paused
    @Test
    void aHolderThatWasPausedBeyondItsSessionCannotPost() throws Exception {
        Grant grant = DistributedLock.of(ada, PATH).acquire(Duration.ofSeconds(1));
        CompletableFuture<Grant> next = DistributedLock.of(ben, PATH).acquireAsync(Duration.ofMinutes(1));
        ClientFaults adasProcess = store.faults().session(ada.health().sessionId());

        adasProcess.pause(); // as a long garbage collection would
        clock.advance(Duration.ofSeconds(20)); // no waiting: the store ends ada's session, ben is granted
        ledger.post("ben's order", next.join().fencingToken());
        adasProcess.resume();

        assertThat(grant.isValid()).isFalse(); // in the first instruction after the pause
        assertThatThrownBy(() -> ledger.post("ada's order", grant.fencingToken()))
                .isInstanceOf(StaleTokenException.class);
    }
    // end

    @Test
    void anAnswerThatIsLostAfterItsCommitWasAppliedLeavesNoSecondContender() throws Exception {
        store.faults().session(ada.health().sessionId()).dropNextReply();
        CompletableFuture<Grant> waiting = DistributedLock.of(ada, PATH).acquireAsync(Duration.ofSeconds(10));
        clock.advance(Duration.ofSeconds(5));
        assertThat(waiting).isCompleted();
        assertThat(DistributedLock.of(ada, PATH).queue().contenders()).hasSize(1);
        waiting.join().close();
        assertThat(DistributedLock.of(ada, PATH).queue().contenders()).isEmpty();
    }

    @Test
    void aSuspendedHolderKeepsItsGrantUntilItsValidityRunsOutAndIsToldOnce() throws Exception {
        Grant grant = DistributedLock.of(ada, PATH).acquire(Duration.ofSeconds(1));
        AtomicInteger lost = new AtomicInteger();
        grant.onLost(lost::incrementAndGet);
        ClientFaults connection = store.faults().session(ada.health().sessionId());

        connection.suspend();
        Duration left = grant.validFor();
        assertThat(left).isPositive();
        clock.advance(left.minusMillis(1));
        assertThat(grant.isValid()).isTrue();
        clock.advance(Duration.ofMillis(2));

        assertThat(grant.isValid()).isFalse();
        assertThat(lost).hasValue(1);
        connection.heal();
        clock.advance(Duration.ofSeconds(1));
        assertThat(grant.isValid()).as("a lost grant stays lost").isFalse();
        assertThat(lost).hasValue(1);
    }
}
