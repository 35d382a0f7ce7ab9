package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.EmbeddedStore;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CountingTest {
    private static final String STORE = "examples-counting";

    private final Conclave one = Conclave.connect("inmemory:" + STORE);
    private final Conclave two = Conclave.connect("inmemory:" + STORE);

    @AfterEach
    void close() {
        one.close();
        two.close();
        EmbeddedStore.discard(STORE);
    }

    @Test
    void numbersAreGivenOnce() throws Exception {
        assertThat(Counting.nextOrderNumber(one)).isEqualTo(1);
        assertThat(Counting.nextOrderNumber(two)).isEqualTo(2);
    }

    @Test
    void aLimitIsFollowedAndRaised() throws Exception {
        BlockingQueue<Integer> heard = new LinkedBlockingQueue<>();
        try (var registration = Counting.followLimit(two, heard::add)) {
            assertThat(registration).isNotNull();
            assertThat(Counting.raiseLimit(one, 5)).isTrue();
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(5);
            assertThat(Counting.raiseLimit(one, 5)).isTrue();
            assertThat(heard.poll(10, TimeUnit.SECONDS)).isEqualTo(10);
        }
    }
}
