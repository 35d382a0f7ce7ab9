package io.conclave.tck;

import io.conclave.spi.Backend;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The reference backend with every fault that the kit can ask for. */
final class RefUnderTest implements BackendUnderTest {
    private final RefStore store;
    private final Duration patience;

    RefUnderTest(Bug bug) {
        this(bug, Duration.ofSeconds(20));
    }

    RefUnderTest(Bug bug, Duration patience) {
        this.store = new RefStore(bug);
        this.patience = patience;
    }

    @Override
    public CompletionStage<Backend> connect(String namespace) {
        return CompletableFuture.completedFuture(new RefBackend(store, namespace));
    }

    @Override
    public Timekeeper timekeeper() {
        return store.time;
    }

    @Override
    public Duration sessionTtl() {
        return Duration.ofSeconds(1);
    }

    @Override
    public boolean virtualTime() {
        return true;
    }

    @Override
    public Duration patience() {
        return patience;
    }

    @Override
    public void advance(Duration time) {
        store.time.advance(time);
    }

    private boolean now(Runnable act) {
        store.time.executor().execute(act);
        store.time.advance(Duration.ZERO);
        return true;
    }

    private static RefLink link(Backend client) {
        return ((RefBackend) client).link;
    }

    @Override
    public boolean expire(Session session) {
        return now(() -> store.expire(store.member(session.id())));
    }

    @Override
    public boolean cut(Backend client) {
        return now(() -> link(client).cut = true);
    }

    @Override
    public boolean heal(Backend client) {
        return now(() -> link(client).cut = false);
    }

    @Override
    public boolean dropReplyOfNextCommit(Backend client) {
        return now(() -> link(client).dropReply());
    }

    @Override
    public boolean dropRequestOfNextCommit(Backend client) {
        return now(() -> link(client).dropRequest());
    }

    @Override
    public boolean holdNextCommit(Backend client) {
        return now(() -> link(client).hold());
    }

    @Override
    public boolean releaseHeldCommit(Backend client) {
        return now(() -> link(client).release());
    }

    @Override
    public boolean slowDown(Backend client, Duration roundTrip) {
        return now(() -> link(client).slowDown(roundTrip));
    }

    @Override
    public boolean restart() {
        return now(store::restart);
    }

    @Override
    public boolean startFromNothing() {
        return now(store::startFromNothing);
    }

    @Override
    public boolean setNextSequence(String namespace, NodePath directory, int next) {
        return now(() -> store.space(namespace).model.setNumber(directory, next));
    }

    @Override
    public void close() {}
}
