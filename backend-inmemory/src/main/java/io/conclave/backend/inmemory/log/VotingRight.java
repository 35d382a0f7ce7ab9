package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this member may vote. A member whose folder was emptied has forgotten what it acknowledged and for whom it voted: with its vote, one that lacks an acknowledged entry could be elected. So a member without the file {@code voter} in its folder votes for
 * nobody and asks for no vote, until one of these is true:
 *
 * <ul>
 *   <li>Since it started, with an empty log, every other member has said that its log is empty, too (with a request for the promise of a vote, which all send at first): the store begins, and nothing can be forgotten.
 *   <li>It has applied all that a leader knew to be agreed at some moment after this start, and an entry of that leader's own term is among it: so nothing that was acknowledged before is missing. In terms up to that one it votes for nobody, as it may have voted before.
 * </ul>
 *
 * <p>Then the file is written. What follows: a store begins only when all its members have been there; a member that lost its data comes back by itself as long as the others are a majority; and if a majority lost their data, nobody serves.
 *
 * <p>Called from any thread, also under the engine's locks: takes none of them while it holds its own.
 */
final class VotingRight {
    static final String FILE = "voter";
    private static final Logger log = LoggerFactory.getLogger(VotingRight.class);
    private static final String HEADER = "conclave voter 1\n";

    private final int memberId;
    private final Set<Integer> others;
    private final Path file;
    private final boolean sync;
    private final LongSupplier lastEntry;
    private final Set<Integer> empty = new HashSet<>();
    private long target;
    private volatile boolean voter;
    /** It votes in later terms only. */
    private volatile long afterTerm;

    private VotingRight(LogSpec spec, Path file, LongSupplier lastEntry) {
        this.memberId = spec.memberId();
        this.others = new HashSet<>(spec.members().keySet());
        this.others.remove(spec.memberId());
        this.file = file;
        this.sync = spec.durability() == Durability.FSYNC;
        this.lastEntry = lastEntry;
    }

    /**
     * Reads the file, if there is one.
     *
     * @param lastEntry the last entry of the own log, 0 if it is empty
     */
    static VotingRight open(LogSpec spec, DataFolder folder, LongSupplier lastEntry) throws IOException {
        VotingRight right = new VotingRight(spec, folder.resolve(FILE), lastEntry);
        if (Files.exists(right.file)) {
            right.load();
        } else if (right.others.isEmpty()) {
            right.grant(0);
        } else {
            log.info(
                    "member {} votes when all others are empty, too, or when it has caught up with a leader",
                    right.memberId);
        }
        return right;
    }

    private void load() throws IOException {
        String text = Files.readString(file);
        try {
            if (!text.startsWith(HEADER) || !text.endsWith("\n")) {
                throw new CorruptLogException(file, "it is no voting right of format 1");
            }
            afterTerm = Long.parseLong(text.substring(HEADER.length()).strip());
            voter = true;
        } catch (NumberFormatException nonsense) {
            throw new CorruptLogException(file, "it names no term");
        }
    }

    private void grant(long term) throws IOException {
        PrivateFiles.replace(file, (HEADER + term + "\n").getBytes(StandardCharsets.UTF_8), sync);
        afterTerm = term;
        voter = true;
    }

    /** Whether it votes, and asks for votes, at all. */
    boolean isVoter() {
        return voter;
    }

    /**
     * Another member asks for a vote, or for the promise of one.
     *
     * @param promise whether it is the promise that it asks for
     * @param term the term that it asks for
     * @param itsLastEntry the last entry of its log, 0 if that is empty
     * @return whether to answer by the rules of the election; else the answer is no
     */
    boolean asked(int from, boolean promise, long term, long itsLastEntry) {
        if (voter) {
            return promise || term > afterTerm;
        }
        synchronized (this) {
            if (!voter && itsLastEntry == 0) {
                empty.add(from);
                if (empty.containsAll(others) && lastEntry.getAsLong() == 0) {
                    tryGrant(0, "all members are empty: the store begins");
                }
            } else {
                empty.remove(from);
            }
        }
        return voter && promise;
    }

    /**
     * A leader has sent something.
     *
     * @param term its term
     * @param committed up to here it knows entries to be agreed
     * @param applied up to here they are applied here
     * @param termOf the term of an applied entry, 0 if it is not known
     */
    void led(long term, long committed, long applied, LongUnaryOperator termOf) {
        if (voter) {
            return;
        }
        synchronized (this) {
            if (voter || committed == 0) {
                return;
            }
            target = target == 0 ? committed : target;
            if (applied < target) {
                return;
            }
            if (termOf.applyAsLong(target) == term) {
                tryGrant(term, "it has caught up with the leader of term " + term);
            } else {
                target = Math.max(target, committed);
            }
        }
    }

    private void tryGrant(long term, String why) {
        try {
            grant(term);
            log.info("member {} votes from now on: {}", memberId, why);
        } catch (IOException failure) {
            log.error("member {} cannot write that it may vote, so it does not", memberId, failure);
        }
    }
}
