package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Optional;

/**
 * Names of sequential nodes. A node that has a place of its own is called {@code _c_<uuid>-<tag>}, and its place is the revision that made it; one that
 * shares another's place is called {@code _p_<uuid>-<tag><place>}. Each kind is one range of a directory's keys.
 *
 * @param id who made the node: the operation or, if the name may come again, the session and a number
 * @param tag the recipe's mark
 * @param sharedPlace the place that the name tells; 0 if it has its own
 */
record Names(OpId id, String tag, long sharedPlace) {
    private static final String OWN = "_c_";
    private static final String SHARED = "_p_";
    private static final int UUID_LENGTH = 36;
    private static final int TAG_AT = OWN.length() + UUID_LENGTH + 1;
    private static final int PLACE_DIGITS_LEAST = 10;
    private static final int PLACE_DIGITS_MOST = 19;

    static String own(OpId id, String tag) {
        return OWN + id.toUuidText() + "-" + tag;
    }

    static String shared(OpId id, String tag, long place) {
        return SHARED + id.toUuidText() + "-" + tag + String.format("%010d", place);
    }

    /** What the name says; empty for names of other shapes. By hand, since it is done several times for each grant. */
    static Optional<Names> parse(String name) {
        boolean shared = name.startsWith(SHARED);
        int end = shared ? placeAt(name) : name.length();
        if (end <= TAG_AT || !(shared || name.startsWith(OWN)) || name.charAt(TAG_AT - 1) != '-') {
            return Optional.empty();
        }
        String tag = name.substring(TAG_AT, end);
        if (!Write.isTag(tag)) {
            return Optional.empty();
        }
        try {
            OpId id = OpId.ofUuidText(name.substring(OWN.length(), TAG_AT - 1));
            long place = shared ? Long.parseLong(name.substring(end)) : 0;
            return Optional.of(new Names(id, tag, place));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    /** Where the digits at the end begin; 0 if they are too few or too many for a place. */
    private static int placeAt(String name) {
        int at = name.length();
        while (at > 0 && name.charAt(at - 1) >= '0' && name.charAt(at - 1) <= '9') {
            at--;
        }
        int digits = name.length() - at;
        return digits >= PLACE_DIGITS_LEAST && digits <= PLACE_DIGITS_MOST ? at : 0;
    }

    long place(long createdRevision) {
        return sharedPlace == 0 ? createdRevision : sharedPlace;
    }

    /** Whether its tag ends with one of those (rule O8). */
    boolean hasTag(List<String> tags) {
        for (String wanted : tags) {
            if (tag.endsWith(wanted)) {
                return true;
            }
        }
        return false;
    }

    /** What the keys of a directory's nodes with a place of their own begin with. */
    static ByteString ownPrefix(Keys keys, NodePath directory) {
        return keys.below(directory).concat(ByteString.copyFromUtf8(OWN));
    }

    /** What the keys of a directory's nodes with a shared place begin with. */
    static ByteString sharedPrefix(Keys keys, NodePath directory) {
        return keys.below(directory).concat(ByteString.copyFromUtf8(SHARED));
    }
}
