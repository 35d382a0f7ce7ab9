package io.conclave.backend.inmemory.log;

import java.util.List;
import java.util.Map;

/**
 * The state of one member's log at about one moment.
 *
 * @param memberId this member
 * @param members all members' ids, rising
 * @param state what it does, in lower case: {@code leader}, {@code follower}, {@code candidate}, {@code waiting} (it may not vote yet: it began with an empty folder, and waits for the others to begin, too, or to have caught up), {@code failed}, {@code closed}
 * @param leadership who leads
 * @param lastIndex the last entry in this member's log
 * @param committedIndex up to here entries are known to be agreed
 * @param appliedIndex up to here they are applied here
 * @param firstIndex the first entry still in the log: those before are in the snapshot only
 * @param snapshotIndex the last entry in the latest snapshot, 0 if there is none
 * @param logBytes the size of the log on disk
 * @param startedEmpty whether this member's data folder was empty when it started: the store began from nothing then
 * @param peers how the others follow; empty unless this member leads
 */
public record LogStatus(
        int memberId,
        List<Integer> members,
        String state,
        Leadership leadership,
        long lastIndex,
        long committedIndex,
        long appliedIndex,
        long firstIndex,
        long snapshotIndex,
        long logBytes,
        boolean startedEmpty,
        Map<Integer, Peer> peers) {
    /** A copy that nobody can change. */
    public LogStatus {
        members = List.copyOf(members);
        peers = Map.copyOf(peers);
    }

    /**
     * How another member follows.
     *
     * @param matchIndex up to here it has the log, 0 if that is unknown
     * @param reachable whether it answers
     * @param installingSnapshot whether a snapshot is on its way to it
     */
    public record Peer(long matchIndex, boolean reachable, boolean installingSnapshot) {}
}
