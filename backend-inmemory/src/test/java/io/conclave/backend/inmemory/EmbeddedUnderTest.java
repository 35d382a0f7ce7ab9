package io.conclave.backend.inmemory;

import io.conclave.spi.Backend;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.tck.BackendUnderTest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** The embedded store for the conformance kit: one store for each namespace. */
final class EmbeddedUnderTest implements BackendUnderTest {
    private final Timekeeper clock;
    private final Map<String, EmbeddedStore> stores = new ConcurrentHashMap<>();
    private final Map<Backend, EmbeddedStore> storeOf = new ConcurrentHashMap<>();

    EmbeddedUnderTest(Timekeeper clock) {
        this.clock = clock;
    }

    @Override
    public CompletionStage<Backend> connect(String namespace) {
        EmbeddedStore store = stores.computeIfAbsent(namespace, name -> EmbeddedStore.create(clock));
        Backend backend = store.connect();
        storeOf.put(backend, store);
        return CompletableFuture.completedFuture(backend);
    }

    @Override
    public Timekeeper timekeeper() {
        return clock;
    }

    @Override
    public Duration sessionTtl() {
        return Duration.ofSeconds(virtualTime() ? 10 : 2);
    }

    @Override
    public boolean virtualTime() {
        return clock instanceof VirtualClock;
    }

    @Override
    public void advance(Duration time) throws InterruptedException {
        if (clock instanceof VirtualClock virtual) {
            virtual.advance(time);
        } else {
            BackendUnderTest.super.advance(time);
        }
    }

    @Override
    public boolean expire(Session session) {
        stores.values().stream()
                .filter(store -> store.faults().sessions().contains(session.id()))
                .findFirst()
                .ifPresent(store -> store.faults().session(session.id()).expire());
        return true;
    }

    @Override
    public boolean cut(Backend client) {
        of(client).blackhole();
        return true;
    }

    @Override
    public boolean heal(Backend client) {
        of(client).heal();
        return true;
    }

    @Override
    public boolean dropReplyOfNextCommit(Backend client) {
        of(client).dropNextReply();
        return true;
    }

    @Override
    public boolean dropRequestOfNextCommit(Backend client) {
        of(client).dropNextRequest();
        return true;
    }

    @Override
    public boolean holdNextCommit(Backend client) {
        of(client).onNext(Fault.HOLD_REQUEST);
        return true;
    }

    @Override
    public boolean releaseHeldCommit(Backend client) {
        of(client).releaseHeldCommits();
        return true;
    }

    @Override
    public boolean slowDown(Backend client, Duration roundTrip) {
        of(client).delayReplies(roundTrip);
        return true;
    }

    /** Revisions grow with the second in which a store is made. */
    @Override
    public boolean startFromNothing() {
        if (clock instanceof VirtualClock virtual) {
            virtual.advance(Duration.ofSeconds(1));
            stores.clear();
        }
        return virtualTime();
    }

    private ClientFaults of(Backend client) {
        return storeOf.get(client).faults().backend(client);
    }

    @Override
    public void close() {
        stores.clear();
    }
}
