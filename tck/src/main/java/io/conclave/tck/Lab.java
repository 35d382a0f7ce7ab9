package io.conclave.tck;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/** Where one check works: an empty namespace, clients made on demand, faults, and waits that end. */
final class Lab implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Lab.class.getName());
    private static final AtomicLong NAMESPACES = new AtomicLong();
    private static final int STEPS_PER_TTL = 20;

    private final BackendUnderTest target;
    private final Patience patience;
    private final String namespace;
    private final List<Backend> backends = new ArrayList<>();
    private final List<Backend> disturbed = new ArrayList<>();
    private long incarnation;

    Lab(BackendUnderTest target) {
        this.target = target;
        this.patience = new Patience(target);
        this.namespace = "tck-" + Long.toString(Timekeeper.system().wallClockMillis(), 36) + "-"
                + NAMESPACES.incrementAndGet() + "-";
    }

    static NodePath at(String path) {
        return NodePath.of(path);
    }

    static Payload text(String text) {
        return Payload.utf8(text);
    }

    String namespace() {
        return namespace;
    }

    Timekeeper time() {
        return target.timekeeper();
    }

    long now() {
        return time().nanoTime();
    }

    Duration ttl() {
        return target.sessionTtl();
    }

    boolean virtualTime() {
        return target.virtualTime();
    }

    /** How late a timer may be without breaking a rule. */
    Duration slack() {
        Duration tenth = ttl().dividedBy(10);
        Duration hiccup = Duration.ofMillis(800);
        return virtualTime() || tenth.compareTo(hiccup) > 0 ? tenth : hiccup;
    }

    /** A deadline that nothing in order should meet. */
    long deadline() {
        return time().deadlineAfter(patience.operationTime());
    }

    /** One more client of the lab's namespace. */
    Backend connect() {
        return connect(namespace);
    }

    Backend connect(String name) {
        Backend backend = await(target.connect(name), "connect");
        backends.add(backend);
        return backend;
    }

    Capabilities capabilities() {
        return backends.isEmpty() ? connect().capabilities() : backends.get(0).capabilities();
    }

    /** A session on a client of its own. */
    Client client() {
        return client(connect());
    }

    Client client(Backend backend) {
        return client(backend, ttl(), (session, state) -> {});
    }

    Client client(Backend backend, Duration ttl, SessionListener also) {
        StateLog states = new StateLog(time(), also);
        SessionSpec spec = new SessionSpec(ttl, ++incarnation);
        Session session = await(backend.openSession(spec, states, deadline()), "openSession");
        return new Client(this, backend, session, states);
    }

    <T> T await(CompletionStage<T> stage, String what) {
        return patience.await(stage, what);
    }

    /** Waits for a failure and returns it. */
    <X extends BackendException> X failure(Class<X> type, CompletionStage<?> stage, String what) {
        BackendException failure = failure(stage, what);
        return Assertions.assertInstanceOf(type, failure, what);
    }

    BackendException failure(CompletionStage<?> stage, String what) {
        try {
            Object result = await(stage, what);
            return Assertions.fail(what + " should have failed and answered " + result);
        } catch (BackendException expected) {
            return expected;
        }
    }

    void until(BooleanSupplier condition, String what) {
        patience.until(condition, what);
    }

    /** Lets everything that is due now run, and what follows from it at once. */
    void settle() {
        patience.settle();
    }

    /** Lets time pass in small steps and looks after each. */
    void passing(Duration time, Runnable look) {
        Duration step = ttl().dividedBy(STEPS_PER_TTL);
        long end = now() + time.toNanos();
        while (now() - end < 0) {
            Duration left = Duration.ofNanos(end - now());
            patience.advance(left.compareTo(step) < 0 ? left : step);
            look.run();
        }
    }

    void pass(Duration time) {
        passing(time, () -> {});
    }

    void need(boolean capability, String reason) {
        Assumptions.assumeTrue(capability, reason);
    }

    void expire(Client client) {
        need(target.expire(client.session()), "the backend under test cannot expire a session");
    }

    void cut(Client client) {
        disturbed.add(client.backend());
        need(target.cut(client.backend()), "the backend under test cannot cut a client off");
    }

    void heal(Client client) {
        need(target.heal(client.backend()), "the backend under test cannot heal a cut");
    }

    void dropReply(Client client) {
        need(target.dropReplyOfNextCommit(client.backend()), "the backend under test cannot drop a reply");
    }

    void dropReplyOfSettling(Client client) {
        need(target.dropReplyOfNextSettling(client.backend()), "the backend under test cannot drop a reply");
    }

    void dropRequest(Client client) {
        need(target.dropRequestOfNextCommit(client.backend()), "the backend under test cannot drop a request");
    }

    void hold(Client client) {
        need(target.holdNextCommit(client.backend()), "the backend under test cannot hold a request up");
    }

    void release(Client client) {
        need(target.releaseHeldCommit(client.backend()), "the backend under test cannot release a held request");
    }

    void slowDown(Client client, Duration roundTrip) {
        need(target.slowDown(client.backend(), roundTrip), "the backend under test cannot slow a connection down");
    }

    void restart() {
        need(target.restart(), "the backend under test cannot restart its store");
    }

    void startFromNothing() {
        need(target.startFromNothing(), "the backend under test cannot start its store from nothing");
    }

    void setNextSequence(NodePath directory, int next) {
        need(
                target.setNextSequence(namespace, directory, next),
                "the backend under test cannot set the number of the next sequential node");
    }

    /** Heals and closes what the check has used. What goes wrong here breaks no rule by itself; it is logged. */
    @Override
    public void close() {
        disturbed.forEach(target::heal);
        for (Backend backend : backends) {
            try {
                await(backend.closeAsync(), "closing a client after the check");
            } catch (RuntimeException | AssertionError notClosed) {
                LOG.log(System.Logger.Level.INFO, "a client of the check was not closed", notClosed);
            }
        }
    }
}
