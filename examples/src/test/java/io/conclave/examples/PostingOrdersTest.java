package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.fencing.StaleTokenException;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PostingOrdersTest {
    private static final Duration WAIT = Duration.ofSeconds(10);

    private final Ledger ledger = new Ledger();

    @Test
    void theLedgerTakesTheHoldersEntry() throws Exception {
        PostingOrders.postOne("inmemory:", ledger);
        assertThat(ledger.entries()).containsExactly("order-17");
    }

    @Test
    void theLedgerRefusesATokenThatIsOlderThanOneItHasSeen() throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:")) {
            DistributedLock lock = DistributedLock.of(conclave, "/locks/orders");
            Grant first = lock.acquire(WAIT);
            first.close();
            assertThat(PostingOrders.postAll(lock, ledger, List.of("a", "b"))).isEqualTo(2);
            assertThatThrownBy(() -> ledger.post("late", first.fencingToken())).isInstanceOf(StaleTokenException.class);
        }
        assertThat(ledger.entries()).containsExactly("a", "b");
    }

    @Test
    void aTryTakesTheLockOnlyIfNobodyIsAhead() throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:")) {
            DistributedLock lock = DistributedLock.of(conclave, "/locks/orders");
            Grant held = lock.acquire(WAIT);
            assertThat(PostingOrders.postIfFree(lock, ledger)).isFalse();
            held.close();
            assertThat(PostingOrders.postIfFree(lock, ledger)).isTrue();
        }
        assertThat(ledger.entries()).containsExactly("order-18");
    }

    @Test
    void theAsynchronousFormReleasesWhenItHasPosted() throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:")) {
            DistributedLock lock = DistributedLock.of(conclave, "/locks/orders");
            Grant held = lock.acquire(WAIT);
            CompletableFuture<Void> posted = PostingOrders.postLater(lock, ledger);
            assertThat(posted).isNotDone();
            held.close();
            posted.get(10, TimeUnit.SECONDS);
            assertThat(ledger.entries()).containsExactly("order-19");
            lock.acquire(WAIT).close(); // it was given back
        }
    }
}
