package io.conclave.backend.inmemory.log;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * What a member of a replicated log is made from.
 *
 * @param memberId this member's id, one of those in {@code members}
 * @param members the address at which each member's log listens for the others, this one's too; one, three or five (any odd number), the same at all members and over all restarts
 * @param folder this member's data folder; made if missing; used by one process at a time
 * @param durability what the log survives
 * @param electionTimeout a follower that hears nothing from the leader for this long, and up to half as long again, starts an election
 * @param snapshotEntries a snapshot is taken after this many entries
 * @param snapshotBytes or after this many bytes of entries, whichever comes first
 * @param inFlightMax entries, and barriers, that are under way at a time; more are refused with {@link LogBusyException}
 * @param inFlightBytesMax bytes of entries that are under way at a time
 * @param entryBytesMax the largest entry
 */
public record LogSpec(
        int memberId,
        Map<Integer, InetSocketAddress> members,
        Path folder,
        Durability durability,
        Duration electionTimeout,
        int snapshotEntries,
        long snapshotBytes,
        int inFlightMax,
        long inFlightBytesMax,
        int entryBytesMax) {
    private static final int IN_FLIGHT_LIMIT = 8_192;
    private static final int ENTRY_LIMIT = 16 << 20;

    /** Checks all values. */
    public LogSpec {
        members = Map.copyOf(members);
        require(memberId > 0, "memberId", memberId, "must be at least 1");
        require(members.containsKey(memberId), "memberId", memberId, "must be one of the members " + members.keySet());
        require(members.size() % 2 == 1 && members.size() <= 7, "members", members.size(), "must be 1, 3, 5 or 7");
        members.forEach((id, address) -> {
            require(id > 0, "member", id, "must be at least 1");
            require(
                    !address.isUnresolved() && address.getAddress().isLoopbackAddress(),
                    "address of member " + id,
                    address,
                    "must be one of loopback");
            require(address.getPort() > 0, "address of member " + id, address, "must have a port");
        });
        require(
                Set.copyOf(members.values()).size() == members.size(),
                "members",
                members,
                "must have different addresses");
        require(
                electionTimeout.toMillis() >= 100 && electionTimeout.toMillis() <= 60_000,
                "electionTimeout",
                electionTimeout,
                "must be from 100 ms to 1 minute");
        require(snapshotEntries > 0, "snapshotEntries", snapshotEntries, "must be positive");
        require(snapshotBytes > 0, "snapshotBytes", snapshotBytes, "must be positive");
        require(
                inFlightMax > 0 && inFlightMax <= IN_FLIGHT_LIMIT,
                "inFlightMax",
                inFlightMax,
                "must be from 1 to " + IN_FLIGHT_LIMIT);
        require(
                entryBytesMax > 0 && entryBytesMax <= ENTRY_LIMIT,
                "entryBytesMax",
                entryBytesMax,
                "must be from 1 to " + ENTRY_LIMIT);
        require(
                inFlightBytesMax >= entryBytesMax,
                "inFlightBytesMax",
                inFlightBytesMax,
                "must hold one entry of " + entryBytesMax);
    }

    /** With defaults: survives the death of the process, elections after a second, snapshots after 100,000 entries or 64 MiB. */
    public static LogSpec of(int memberId, Map<Integer, InetSocketAddress> members, Path folder) {
        return new LogSpec(
                memberId,
                members,
                folder,
                Durability.PROCESS,
                Duration.ofSeconds(1),
                100_000,
                64L << 20,
                4_096,
                64L << 20,
                4 << 20);
    }

    /** The same with another durability. */
    public LogSpec withDurability(Durability other) {
        return new LogSpec(
                memberId,
                members,
                folder,
                other,
                electionTimeout,
                snapshotEntries,
                snapshotBytes,
                inFlightMax,
                inFlightBytesMax,
                entryBytesMax);
    }

    /** The same with another election time-out. */
    public LogSpec withElectionTimeout(Duration other) {
        return new LogSpec(
                memberId,
                members,
                folder,
                durability,
                other,
                snapshotEntries,
                snapshotBytes,
                inFlightMax,
                inFlightBytesMax,
                entryBytesMax);
    }

    /** The same with snapshots at other times. */
    public LogSpec withSnapshotsAfter(int entries, long bytes) {
        return new LogSpec(
                memberId,
                members,
                folder,
                durability,
                electionTimeout,
                entries,
                bytes,
                inFlightMax,
                inFlightBytesMax,
                entryBytesMax);
    }

    /** The same with another window. */
    public LogSpec withInFlight(int entries, long bytes) {
        return new LogSpec(
                memberId,
                members,
                folder,
                durability,
                electionTimeout,
                snapshotEntries,
                snapshotBytes,
                entries,
                bytes,
                entryBytesMax);
    }

    InetSocketAddress ownAddress() {
        return address(memberId);
    }

    InetSocketAddress address(int member) {
        InetSocketAddress address = members.get(member);
        if (address == null) {
            throw new IllegalArgumentException("member " + member + ": must be one of " + members.keySet());
        }
        return address;
    }

    /** The size at which a file of the log is closed and the next one begun: what is cut off is cut off in files. */
    int segmentBytes() {
        return (int) Math.min(16 << 20, Math.max(64 << 10, snapshotBytes / 4));
    }

    private static void require(boolean holds, String name, Object value, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(name + " " + value + ": " + rule);
        }
    }
}
