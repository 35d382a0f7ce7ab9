package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Links;
import io.conclave.backend.inmemory.log.LocalLog;
import io.conclave.backend.inmemory.log.LogSpec;
import io.conclave.backend.inmemory.log.RaftLog;
import io.conclave.backend.inmemory.log.ReplicatedLog;
import io.conclave.backend.inmemory.wire.WireServer;
import io.conclave.spi.Timekeeper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a member is started with, checked.
 *
 * @param id this member
 * @param listen where it listens for clients
 * @param clientAddresses where each member does
 * @param spec of the log; null for a member that is alone and keeps nothing
 * @param links to the other members
 * @param clock by whose time
 */
record StoreOptions(
        int id,
        InetSocketAddress listen,
        Map<Integer, String> clientAddresses,
        @Nullable LogSpec spec,
        Links links,
        Timekeeper clock) {
    private static final Pattern ADDRESS =
            Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[^:/]+):([0-9]{1,5})(/([0-9]{1,5}))?");
    private static final int PEER_PORT_ABOVE = 1_000;
    private static final int PORT_MAX = 65_535;
    private static final int IN_FLIGHT_MAX = 4_096;
    private static final long IN_FLIGHT_BYTES_MAX = 64L << 20;

    /** The member's log, running. */
    ReplicatedLog startLog(StoreMachine machine) {
        if (spec == null) {
            return new LocalLog(id, machine, clock.executor(), IN_FLIGHT_MAX);
        }
        try {
            return RaftLog.start(spec, machine, links);
        } catch (IOException notStarted) {
            throw new UncheckedIOException("member " + id + " cannot start: " + notStarted.getMessage(), notStarted);
        }
    }

    static StoreOptions check(
            int id,
            @Nullable String listen,
            Map<Integer, String> members,
            @Nullable Path dataDirectory,
            StoreDurability durability,
            Duration electionTimeout,
            int snapshotEntries,
            long snapshotBytes,
            Timekeeper clock,
            boolean inMemory,
            Links links) {
        if (inMemory) {
            InetSocketAddress own =
                    clientAddress("listen", listen == null ? "127.0.0.1:" + Replication.PORT : listen, 0);
            return new StoreOptions(id, own, Map.of(), null, links, clock);
        }
        String ownText = members.get(id);
        if (ownText == null) {
            throw new IllegalArgumentException(
                    "id " + id + " is not among the members " + new TreeSet<>(members.keySet()));
        }
        if (dataDirectory == null) {
            throw new IllegalArgumentException("a member needs a data directory of its own");
        }
        Map<Integer, String> clients = new HashMap<>();
        Map<Integer, InetSocketAddress> peers = new HashMap<>();
        members.forEach((member, text) -> {
            InetSocketAddress client = clientAddress("member " + member, text, 1);
            clients.put(member, text.contains("/") ? text.substring(0, text.indexOf('/')) : text);
            peers.put(member, new InetSocketAddress(client.getAddress(), peerPort(text, client.getPort())));
        });
        InetSocketAddress own = clientAddress("listen", listen == null ? ownText : listen, 1);
        LogSpec spec = new LogSpec(
                id,
                peers,
                dataDirectory,
                durability.ofLog(),
                electionTimeout,
                snapshotEntries,
                snapshotBytes,
                IN_FLIGHT_MAX,
                IN_FLIGHT_BYTES_MAX,
                Replication.ENTRY_BYTES_MAX);
        return new StoreOptions(id, own, Map.copyOf(clients), spec, links, clock);
    }

    private static InetSocketAddress clientAddress(String what, String text, int portLeast) {
        Matcher parts = parts(what, text);
        int port = Integer.parseInt(parts.group(2));
        if (port < portLeast || port > PORT_MAX) {
            throw new IllegalArgumentException(
                    what + " '" + text + "': port " + port + " is not in " + portLeast + " to " + PORT_MAX);
        }
        InetSocketAddress address =
                new InetSocketAddress(parts.group(1).replace("[", "").replace("]", ""), port);
        WireServer.requireLoopback(address);
        return address;
    }

    private static Matcher parts(String what, String text) {
        Matcher parts = ADDRESS.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    what + " '" + text + "' is not of the form host:port or host:port/peerPort");
        }
        return parts;
    }

    private static int peerPort(String text, int clientPort) {
        String given = parts("member", text).group(4);
        int port = given == null ? clientPort + PEER_PORT_ABOVE : Integer.parseInt(given);
        if (port < 1 || port > PORT_MAX || port == clientPort) {
            throw new IllegalArgumentException("member '" + text + "': " + port + " is no port for the other members");
        }
        return port;
    }
}
