package io.conclave.backend.inmemory;

import io.conclave.spi.Backend;
import io.conclave.spi.Timekeeper;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A store inside this process. Thread-safe; it starts no thread of its own, and what it holds is gone with it.
 *
 * <p>The URL {@code inmemory:NAME} stands for the store of that name, which is made by the first who asks and lives as long as the JVM, or until
 * {@link #discard}; {@code inmemory:} for a fresh store with each connection. A test that wants its own clock or faults makes one:
 *
 * <pre>{@code
 * VirtualClock clock = new VirtualClock();
 * EmbeddedStore store = EmbeddedStore.builder().name("orders-test").clock(clock).register();
 * // "inmemory:orders-test" is now this store, with its clock
 * }</pre>
 *
 * <p>Revisions begin above those of any store that was made in an earlier second, by the wall clock of the store's timekeeper.
 */
public final class EmbeddedStore {
    private static final long FIRST_SECOND =
            Instant.parse("2025-01-01T00:00:00Z").getEpochSecond();
    private static final int REVISION_BITS_PER_SECOND = 20;
    private static final ConcurrentMap<String, EmbeddedStore> NAMED = new ConcurrentHashMap<>();
    /** The latest revision of all stores that had a name and were discarded: those that come after them begin above. */
    private static final AtomicLong DISCARDED_REVISION = new AtomicLong();

    private final Timekeeper clock;
    private final Limits limits;
    private final boolean pausableTimers;
    private final StoreServer server;
    private final Executor entry;
    private final FaultControl faults = new FaultControl(this);
    private final List<EmbeddedBackend> backends = new CopyOnWriteArrayList<>();

    EmbeddedStore(Timekeeper clock, Limits limits) {
        this(clock, limits, baseRevision(clock), false);
    }

    private EmbeddedStore(Timekeeper clock, Limits limits, long baseRevision, boolean pausableTimers) {
        this.clock = clock;
        this.limits = limits;
        this.pausableTimers = pausableTimers;
        this.server = new StoreServer(clock, new NodeTree(baseRevision));
        this.entry = clock instanceof VirtualClock virtual ? virtual.executor() : Runnable::run;
    }

    static long baseRevision(Timekeeper clock) {
        return Math.max(0, clock.wallClockMillis() / 1_000 - FIRST_SECOND) << REVISION_BITS_PER_SECOND;
    }

    /** A store without a name that lives by this clock. */
    public static EmbeddedStore create(Timekeeper clock) {
        return builder().clock(clock).build();
    }

    /** Starts a store with its own clock, limits or name. */
    public static Builder builder() {
        return new Builder();
    }

    /** The store that {@code inmemory:NAME} stands for; made now, with real time, if there is none. */
    public static EmbeddedStore named(String name) {
        return named(name, Timekeeper.system(), new Limits(Limits.DEFAULT_PAYLOAD_BYTES));
    }

    static EmbeddedStore named(String name, Timekeeper clock, Limits limits) {
        return NAMED.computeIfAbsent(
                requireName(name), key -> new EmbeddedStore(clock, limits, revisionAfterDiscarded(clock), false));
    }

    private static long revisionAfterDiscarded(Timekeeper clock) {
        return Math.max(baseRevision(clock), DISCARDED_REVISION.get());
    }

    /**
     * Takes a name away from its store; the next who asks for it gets a fresh one. Clients that are connected keep the old one. Does nothing
     * if there is none. The next one of any name begins above the revisions that this one has reached.
     */
    public static void discard(String name) {
        EmbeddedStore store = NAMED.remove(requireName(name));
        if (store != null) {
            DISCARDED_REVISION.accumulateAndGet(store.server.revision(), Math::max);
        }
    }

    private static String requireName(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException("store name '" + name + "' is not 1 to 64 of A-Z a-z 0-9 . _ -");
        }
        return name;
    }

    /**
     * A new client, as another process would be: it has its own connection, which {@link #faults()} can cut or pause alone. It lives by the
     * store's clock.
     */
    public Backend connect() {
        EmbeddedBackend backend = new EmbeddedBackend(this, limits, pausableTimers);
        backends.add(backend);
        return backend;
    }

    /** The clock that the store and its clients live by. */
    public Timekeeper clock() {
        return clock;
    }

    /** Breaks things. */
    public FaultControl faults() {
        return faults;
    }

    // ---- for the other classes

    StoreServer server() {
        return server;
    }

    List<EmbeddedBackend> backends() {
        return List.copyOf(backends);
    }

    /** A client was closed. */
    void forget(EmbeddedBackend backend) {
        backends.remove(backend);
    }

    EmbeddedBackend own(Backend backend) {
        if (backend instanceof EmbeddedBackend embedded && embedded.server() == server) {
            return embedded;
        }
        throw new IllegalArgumentException("this backend is no client of this store");
    }

    /** Runs a task in the store's drain. */
    void run(Runnable task) {
        entry.execute(() -> server.execute(task));
    }

    /** Makes a store. */
    public static final class Builder {
        private @Nullable String name;
        private Timekeeper clock = Timekeeper.system();
        private boolean pausableTimers;
        private Limits limits = new Limits(Limits.DEFAULT_PAYLOAD_BYTES);

        private Builder() {}

        /** The name for {@link #register()}: 1 to 64 of {@code A-Z a-z 0-9 . _ -}. */
        public Builder name(String newName) {
            this.name = requireName(newName);
            return this;
        }

        /** The clock by which the store and its clients live; real time by default. */
        public Builder clock(Timekeeper newClock) {
            this.clock = Objects.requireNonNull(newClock, "clock");
            return this;
        }

        /** The largest payload of a node, 1 to 100,000,000 bytes; 1,000,000 by default. */
        public Builder maxPayloadBytes(int bytes) {
            this.limits = new Limits(bytes);
            return this;
        }

        /**
         * Whether {@link ClientFaults#pause()} also stops the timers and tasks that the code above the backend starts through {@link
         * Backend#timekeeper()}, as a stopped process would. That timekeeper is then one of the client's own, which tells the time of {@link
         * #clock}. By default it is that clock itself, and only what happens inside the backend stops.
         */
        public Builder pausableTimers(boolean wanted) {
            this.pausableTimers = wanted;
            return this;
        }

        /** A store that no URL stands for. */
        public EmbeddedStore build() {
            return new EmbeddedStore(clock, limits, baseRevision(clock), pausableTimers);
        }

        /**
         * A store that {@code inmemory:NAME} stands for from now on, with its clock: the timekeeper of who connects is not used.
         *
         * @throws IllegalStateException if no name was given, or another store has it: {@link EmbeddedStore#discard} that first
         */
        public EmbeddedStore register() {
            if (name == null) {
                throw new IllegalStateException("a store needs a name to be registered");
            }
            EmbeddedStore store = new EmbeddedStore(clock, limits, revisionAfterDiscarded(clock), pausableTimers);
            if (NAMED.putIfAbsent(name, store) != null) {
                throw new IllegalStateException("there is a store named '" + name + "' already");
            }
            return store;
        }
    }
}
