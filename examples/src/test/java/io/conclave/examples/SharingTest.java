package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.lock.DistributedReadWriteLock;
import io.conclave.semaphore.DistributedSemaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The examples of read-write lock, multi-lock and semaphore. */
@Timeout(30)
class SharingTest {
    private static final String STORE = "examples-sharing";

    private final Conclave conclave = Conclave.connect("inmemory:" + STORE);

    @AfterEach
    void close() {
        conclave.close();
        EmbeddedStore.discard(STORE);
    }

    @Test
    void ratesAreReadAndUpdatedUnderTheTwoSides() throws Exception {
        ExchangeRates rates = new ExchangeRates(DistributedReadWriteLock.of(conclave, "/rw/rates"));
        rates.update("EUR", 2.0);
        assertThat(rates.updateAndReport("USD", 4.0)).isEqualTo(4.0);
        assertThat(rates.cross("EUR", "USD")).isEqualTo(0.5);
        rates.update("USD", 1.0);
        assertThat(rates.cross("EUR", "USD")).isEqualTo(2.0);
    }

    @Test
    void aTransferHoldsBothAccounts() throws Exception {
        AtomicLong from = new AtomicLong(10);
        AtomicLong to = new AtomicLong();
        Transfer.move(
                conclave,
                "b",
                (amount, token) -> from.addAndGet(token > 0 ? amount : 0),
                "a",
                (amount, token) -> to.addAndGet(token > 0 ? amount : 0),
                7);
        assertThat(from).hasValue(3);
        assertThat(to).hasValue(7);
    }

    @Test
    void trainingTakesTwoCardsAndGivesThemBack() throws Exception {
        DistributedSemaphore cards = DistributedSemaphore.of(conclave, "/permits/gpu", 4);
        int[] free = new int[1];
        Training.onTwo(conclave, grant -> free[0] = available(cards));
        assertThat(free[0]).isEqualTo(2);
        assertThat(cards.view().available()).isEqualTo(4);
        Training.twoMore(cards);
        assertThat(cards.view().permits()).isEqualTo(6);
    }

    private static int available(DistributedSemaphore cards) {
        try {
            return cards.view().available();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
