package io.conclave.backend.inmemory.testing;

import io.conclave.backend.inmemory.ReplicatedStore;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** One member in this process that keeps nothing. */
public final class LoneMember implements StoreMembers {
    private ReplicatedStore store;
    private final String address;

    /** Started, on a free port. */
    public LoneMember() {
        store = ReplicatedStore.builder().aloneInMemory().listen("127.0.0.1:0").start();
        address = store.clientAddress();
    }

    /** The member. */
    public ReplicatedStore store() {
        return store;
    }

    @Override
    public List<Integer> ports() {
        return List.of(Integer.parseInt(address.substring(address.indexOf(':') + 1)));
    }

    @Override
    public boolean restartAll() {
        return false;
    }

    /** A store begins at the second in which it is made: the next one. */
    @Override
    public boolean startFromNothing() {
        store.close();
        CompletableFuture<Void> later = new CompletableFuture<>();
        Timekeeper.system().schedule(() -> later.complete(null), Duration.ofMillis(1_100));
        later.join();
        store = ReplicatedStore.builder().aloneInMemory().listen(address).start();
        return true;
    }

    @Override
    public void close() {
        store.close();
    }
}
