package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.Contenders;
import io.conclave.Health;
import io.conclave.Nodes;
import io.conclave.Registration;
import io.conclave.StateListener;
import io.conclave.TokenEpoch;
import io.conclave.spi.Backend;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one implementation of {@link Conclave}: holds the parts together. Recipes reach the engine through {@link Acquirer}. */
public final class ConclaveCore implements Conclave {
    private static final Logger LOG = LoggerFactory.getLogger(ConclaveCore.class);
    private static final NodePath RESERVED = NodePath.of("/.conclave");

    private final Backend backend;
    private final Timekeeper timekeeper;
    private final Duration callTimeout;
    private final String owner;
    private final UserThreads ownThreads;
    private final Callbacks callbacks;
    private final EpochKeeper epochs;
    private final SessionKeeper keeper;
    private final Calls calls;
    private final PlainNodes nodes;
    private final Map<ContenderQueue.Key, ContenderQueue> queues = new ConcurrentHashMap<>();
    private final Map<StateListener, SerialCallbacks> stateListeners = new ConcurrentHashMap<>();
    private final Set<Runnable> closeHooks = ConcurrentHashMap.newKeySet();
    private final AtomicLong highestToken = new AtomicLong();

    private ConclaveCore(Backend backend, ConclaveOptions options) {
        this.backend = backend;
        this.timekeeper = backend.timekeeper();
        this.callTimeout = options.callTimeout;
        this.owner = options.owner;
        this.ownThreads = new UserThreads();
        this.callbacks =
                new Callbacks(options.executor != null ? options.executor : ownThreads, ownThreads, timekeeper);
        this.epochs = new EpochKeeper(timekeeper, options.callTimeout);
        this.keeper = new SessionKeeper(backend, options, timekeeper, epochs::prepare);
        this.calls = new Calls(keeper);
        this.nodes = new PlainNodes(this);
        keeper.addStateHook(this::tellState);
    }

    /** The implementation behind a Conclave. */
    static ConclaveCore of(Conclave conclave) {
        Objects.requireNonNull(conclave, "conclave");
        if (conclave instanceof ConclaveCore core) {
            return core;
        }
        throw new IllegalArgumentException(
                "not made by Conclave.connect: " + conclave.getClass().getName());
    }

    static Conclave connect(ConclaveOptions options) {
        Callbacks.refuseInside("connect");
        long deadline = options.timekeeper.deadlineAfter(options.connectTimeout);
        Backend backend = Backends.connect(options, deadline);
        ConclaveCore core = new ConclaveCore(backend, options);
        CompletableFuture<Session> first = core.keeper.session(); // before the start, which may fail it at once
        core.keeper.start();
        if (!options.serverMayComeLater) {
            core.awaitFirstSession(first, options, options.timekeeper.until(deadline));
        }
        return core;
    }

    private void awaitFirstSession(CompletableFuture<Session> coming, ConclaveOptions options, Duration left) {
        boolean opened = false;
        try {
            Session first = Waits.get(timekeeper, coming, timekeeper.deadlineAfter(left));
            opened = true;
            LOG.debug("connected with session {}", first.id());
        } catch (TimeoutException late) {
            throw new UnavailableException(
                    "no session with " + options.url + " within " + options.connectTimeout, late);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while connecting to " + options.url, interrupted);
        } finally {
            if (!opened) {
                Calls.inBackground(closeOnEngine(), "closing after a failed connect");
            }
        }
    }

    /** A path for a recipe or a plain node: not the root, and not the backend's own. */
    static NodePath requireUserPath(String text) {
        NodePath path = requireUserDirectory(text);
        if (path.isRoot()) {
            throw new IllegalArgumentException("path '/' is the namespace itself, not a node");
        }
        return path;
    }

    /** A directory to look into: the root, or a path that is not the backend's own. */
    static NodePath requireUserDirectory(String text) {
        return requireNotReserved(NodePath.of(text));
    }

    private static NodePath requireNotReserved(NodePath path) {
        if (path.startsWith(RESERVED)) {
            throw new IllegalArgumentException("path '" + path + "' lies below " + RESERVED + ", which is reserved");
        }
        return path;
    }

    /** The user's parts of a commit, none of which is about the backend's own paths. */
    static Consumer<Commit.Builder> requireUserParts(Consumer<Commit.Builder> parts) {
        Objects.requireNonNull(parts, "parts");
        return builder -> {
            parts.accept(builder);
            Commit commit = builder.build();
            commit.guards().forEach(guard -> requireNotReserved(guard.path()));
            commit.writes().forEach(write -> requireNotReserved(write.place()));
            commit.then().forEach(query -> requireNotReserved(query.place()));
        };
    }

    SessionKeeper keeper() {
        return keeper;
    }

    Calls calls() {
        return calls;
    }

    EpochKeeper epochs() {
        return epochs;
    }

    Callbacks callbacks() {
        return callbacks;
    }

    PlainNodes plainNodes() {
        return nodes;
    }

    long callDeadline() {
        return timekeeper.deadlineAfter(callTimeout);
    }

    long callNanos() {
        return callTimeout.toNanos();
    }

    boolean isClosed() {
        return keeper.isClosed();
    }

    SerialCallbacks serialCallbacks(String what, Runnable overflow) {
        return new SerialCallbacks(callbacks, what, overflow);
    }

    int currentEpoch() throws InterruptedException {
        try {
            return Waits.get(timekeeper, epochs.epoch(), callDeadline());
        } catch (TimeoutException late) {
            throw new UnavailableException("the epoch could not be read within the call time-out", late);
        }
    }

    long highestToken() {
        return highestToken.get();
    }

    /** Notes a token; false if it is not above the floor, which was the highest known before its contender was created. */
    boolean noteToken(long token, long floor) {
        if (token <= floor) {
            return false;
        }
        highestToken.accumulateAndGet(token, Math::max);
        return true;
    }

    /** The queue of a path, pinned until {@link #unpin}. */
    ContenderQueue pin(ContenderQueue.Key key) {
        return queues.compute(key, (same, found) -> {
            ContenderQueue queue = found != null ? found : new ContenderQueue(this, key);
            queue.pins++;
            return queue;
        });
    }

    /** Pins the queue once more; false if nothing pins it now. */
    boolean repin(ContenderQueue queue) {
        ContenderQueue present = queues.computeIfPresent(queue.key, (same, found) -> {
            if (found == queue) {
                found.pins++;
            }
            return found;
        });
        return present == queue;
    }

    void unpin(ContenderQueue queue) {
        queues.computeIfPresent(queue.key, (same, found) -> --found.pins == 0 ? null : found);
    }

    Registration onClosed(Runnable hook) {
        closeHooks.add(hook);
        return () -> closeHooks.remove(hook);
    }

    private void tellState(SessionState now) {
        stateListeners.forEach((listener, serial) -> serial.execute(() -> tellState(listener, serial, now)));
    }

    private void tellState(StateListener listener, SerialCallbacks serial, SessionState now) {
        if (stateListeners.get(listener) == serial) { // else it was removed
            listener.onState(now);
        }
    }

    @Override
    public SessionState state() {
        return keeper.state();
    }

    @Override
    public Health health() {
        Session session = keeper.current();
        Duration validFor = session == null ? Duration.ZERO : timekeeper.until(session.validUntilNanos());
        int grants = keeper.grantCount();
        int waiting = Math.max(0, keeper.demandCount() - grants);
        return new Health(
                keeper.state(), session == null ? "" : session.id(), keeper.sessions(), validFor, grants, waiting);
    }

    @Override
    public Registration addStateListener(StateListener listener) {
        Objects.requireNonNull(listener, "listener");
        SerialCallbacks serial = serialCallbacks("a state listener", () -> {
            if (stateListeners.containsKey(listener)) {
                listener.onState(state());
            }
        });
        if (stateListeners.putIfAbsent(listener, serial) != null) {
            throw new IllegalArgumentException("this state listener was added before");
        }
        return () -> stateListeners.remove(listener, serial);
    }

    @Override
    public Capabilities capabilities() {
        return backend.capabilities();
    }

    @Override
    public Nodes nodes() {
        return nodes;
    }

    @Override
    public Contenders contenders(String path) {
        return new ContenderList(this, requireUserPath(path));
    }

    @Override
    public TokenEpoch epoch() {
        return new EpochAdmin(this);
    }

    @Override
    public String owner() {
        return owner;
    }

    @Override
    public Timekeeper timekeeper() {
        return timekeeper;
    }

    @Override
    public CompletionStage<Void> updateServers(List<String> servers) {
        return callbacks.forUser("updateServers", backend.updateServers(servers).toCompletableFuture());
    }

    @Override
    public void close() {
        CompletableFuture<Void> closed = closeOnEngine();
        if (Callbacks.isInside()) {
            return;
        }
        try {
            Waits.get(timekeeper, closed, callDeadline());
        } catch (TimeoutException late) {
            LOG.debug("closing goes on in the background");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // closing goes on in the background
        } catch (RuntimeException failure) {
            LOG.warn("closing ended with a failure: the session's nodes go when it expires", failure);
        }
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        return callbacks.forUser("closeAsync", closeOnEngine());
    }

    private CompletableFuture<Void> closeOnEngine() {
        closeHooks.forEach(Runnable::run);
        queues.values().forEach(ContenderQueue::close);
        return keeper.close().whenComplete((nothing, failure) -> ownThreads.stopWhenIdle());
    }

    @Override
    public String toString() {
        return "Conclave[" + owner + ", " + state() + "]";
    }
}
