package io.conclave.backend.inmemory;

import io.conclave.spi.BackendUrl;
import io.conclave.spi.NodePath;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replicated store for tests of your code: all members inside this JVM, on free ports of the loopback interface, and verbs that make things go wrong. Clients connect with {@link #url} and are real ones: what they meet is
 * what they would meet with members in processes of their own.
 *
 * <pre>{@code
 * try (Ensemble ensemble = Ensemble.start(3)) {
 *     Conclave conclave = Conclave.connect(ensemble.url("/app"));
 *     ensemble.crash(ensemble.leader()); // the others elect another one; sessions and grants live on
 * }
 * }</pre>
 *
 * <p>Faults are of the network and of the members, in real time. {@link #heal} ends all but crashes. Thread-safe, but the verbs are meant for one thread. {@link #close} stops the members and removes their data.
 */
public final class Ensemble implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Ensemble.class);
    private static final Duration ELECTION = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(10);

    private final Timekeeper clock = Timekeeper.system();
    private final Path directory;
    private final Duration electionTimeout;
    private final EnsembleLinks links = new EnsembleLinks();
    private final Map<Integer, Seat> seats = new TreeMap<>();
    private final Map<Integer, String> addresses = new HashMap<>();

    /** A member's place: it stays when the member goes. */
    private static final class Seat {
        private final int id;
        private final int port;
        private final EnsembleDoor door;
        private @Nullable ReplicatedStore store;

        Seat(int id, int port, EnsembleDoor door) {
            this.id = id;
            this.port = port;
            this.door = door;
        }
    }

    private Ensemble(Builder builder) {
        this.electionTimeout = builder.electionTimeout;
        try {
            this.directory = Files.createTempDirectory("conclave-ensemble-");
        } catch (IOException unusable) {
            throw new UncheckedIOException("no directory for the members' data", unusable);
        }
        try {
            for (int id = 1; id <= builder.members; id++) {
                int port = freePort();
                int doorPort = builder.firstPort == 0 ? 0 : builder.firstPort + id - 1;
                EnsembleDoor door = EnsembleDoor.listen(doorPort, port);
                seats.put(id, new Seat(id, port, door));
                addresses.put(id, "127.0.0.1:" + door.port() + "/" + freePort());
            }
            seats.values().forEach(this::start);
        } catch (RuntimeException failed) {
            close();
            throw failed;
        }
    }

    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException none) {
            throw new UncheckedIOException("there is no free port", none);
        }
    }

    /** Starts this many members, an odd number up to seven, with defaults, and returns when one of them leads. */
    public static Ensemble start(int members) throws InterruptedException {
        return builder().members(members).start();
    }

    /** Describes an ensemble. */
    public static Builder builder() {
        return new Builder();
    }

    /** The URL of the whole store. */
    public String url() {
        return "inmemory://"
                + seats.values().stream()
                        .map(seat -> "127.0.0.1:" + seat.door.port())
                        .collect(Collectors.joining(","));
    }

    /** The URL of a namespace such as {@code /app}. */
    public String url(String namespace) {
        return url() + NodePath.of(namespace);
    }

    /** The ids of all members, rising from 1. */
    public List<Integer> members() {
        return List.copyOf(seats.keySet());
    }

    /** A member that runs. */
    public synchronized ReplicatedStore member(int member) {
        ReplicatedStore store = seat(member).store;
        if (store == null) {
            throw new IllegalStateException("member " + member + " has crashed: restart it first");
        }
        return store;
    }

    /**
     * The member that leads and serves. Waits for an election, at most 30 seconds. While a leader is cut off and has not noticed it, that may be the old one.
     *
     * @throws UnavailableException if nobody leads by then
     */
    public int leader() throws InterruptedException {
        long deadline = clock.deadlineAfter(PATIENCE);
        while (true) {
            Optional<Integer> leading = leading();
            if (leading.isPresent()) {
                return leading.get();
            }
            if (clock.isPast(deadline)) {
                throw new UnavailableException("no member of " + url() + " leads after " + PATIENCE.toSeconds() + " s");
            }
            CompletableFuture<Void> later = new CompletableFuture<>();
            var unused = clock.schedule(() -> later.complete(null), POLL);
            clock.await(later);
        }
    }

    /** Of several that believe to lead the one of the latest term does. */
    private synchronized Optional<Integer> leading() {
        return seats.values().stream()
                .filter(seat -> seat.store != null && seat.store.isLeading())
                .max(Comparator.comparingLong(seat -> term(seat.store)))
                .map(seat -> seat.id);
    }

    private static long term(@Nullable ReplicatedStore store) {
        return store == null ? 0 : Long.parseLong(store.status().getOrDefault("term", "0"));
    }

    /**
     * Cuts these members from the others, both ways; the members on each side hear each other. Clients reach all of them. A partition that there was is replaced.
     */
    public void partition(int... cutOff) {
        Set<Integer> chosen = Arrays.stream(cutOff).boxed().collect(Collectors.toSet());
        chosen.forEach(this::seat);
        links.part(chosen);
    }

    /** Ends the partition, pauses and slowness. Members that crashed stay away. */
    public synchronized void heal() {
        links.heal();
        seats.values().stream().filter(seat -> seat.store != null).forEach(seat -> resume(seat.id));
    }

    /** A member ends without a word, as with kill -9: what it had acknowledged is in its data. Returns when it is gone. Does nothing if it has crashed already. */
    public void crash(int member) {
        Seat seat = seat(member);
        ReplicatedStore store;
        synchronized (this) {
            store = seat.store;
            seat.store = null;
        }
        if (store != null) {
            seat.door.shut();
            links.deafen(member); // nothing that it does from here on is heard by anybody
            store.close();
        }
    }

    /** Starts a member that has crashed, on its old data. Does nothing if it runs. */
    public synchronized void restart(int member) {
        Seat seat = seat(member);
        if (seat.store == null) {
            links.restore(member);
            start(seat);
        }
    }

    /**
     * To all others the member stands still: it hears no other member and is not heard, and what clients send waits. Its own timers go on, unlike those of a process that is stopped.
     */
    public void pause(int member) {
        Seat seat = seat(member);
        seat.door.hold();
        links.deafen(member);
    }

    /** Ends a pause; clients' requests go on. */
    public synchronized void resume(int member) {
        Seat seat = seat(member);
        if (seat.store != null) {
            links.restore(member);
            seat.door.release();
        }
    }

    /** All that this member and the others say to each other comes late by so much, each way. */
    public void slow(int member, Duration delay) {
        if (delay.isNegative() || delay.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("delay " + delay + " is not from 0 to 1 minute");
        }
        links.slow(seat(member).id, delay);
    }

    private Seat seat(int member) {
        Seat seat = seats.get(member);
        if (seat == null) {
            throw new IllegalArgumentException("member " + member + " is none of " + seats.keySet());
        }
        return seat;
    }

    private void start(Seat seat) {
        seat.store = ReplicatedStore.builder()
                .id(seat.id)
                .listen("127.0.0.1:" + seat.port)
                .members(addresses)
                .dataDirectory(directory.resolve("member-" + seat.id))
                .electionTimeout(electionTimeout)
                .links(links)
                .start();
        seat.door.open();
    }

    /** Stops all members and removes their data. Idempotent. */
    @Override
    public void close() {
        seats.values().forEach(seat -> crash(seat.id));
        seats.values().forEach(seat -> seat.door.close());
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException left) {
            log.debug("{} could not be removed", directory, left);
        }
    }

    /** Describes an ensemble. */
    public static final class Builder {
        private int members = 3;
        private int firstPort;
        private Duration electionTimeout = ELECTION;

        private Builder() {}

        /** How many members: an odd number up to seven, 3 by default. */
        public Builder members(int count) {
            if (count < 1 || count > 7 || count % 2 == 0) {
                throw new IllegalArgumentException("members " + count + " must be 1, 3, 5 or 7");
            }
            this.members = count;
            return this;
        }

        /** Clients connect to this port and the following ones; by default to any that are free. */
        public Builder firstPort(int port) {
            BackendUrl.requireHost("127.0.0.1:" + port);
            this.firstPort = port;
            return this;
        }

        /** See {@link ReplicatedStoreBuilder#electionTimeout}; 300 ms by default. */
        public Builder electionTimeout(Duration timeout) {
            this.electionTimeout = timeout;
            return this;
        }

        /**
         * Starts the members and returns when one of them leads.
         *
         * @throws UncheckedIOException if a port is not free
         * @throws UnavailableException if nobody leads within 30 seconds
         */
        public Ensemble start() throws InterruptedException {
            Ensemble ensemble = new Ensemble(this);
            try {
                ensemble.leader();
                return ensemble;
            } catch (InterruptedException | RuntimeException failed) {
                ensemble.close();
                throw failed;
            }
        }
    }
}
