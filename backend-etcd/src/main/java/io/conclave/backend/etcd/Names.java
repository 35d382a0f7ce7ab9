package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
    private static final Pattern SHAPE = Pattern.compile(
            "_([cp])_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-([A-Za-z0-9_-]{0,31}[A-Za-z_-])([0-9]{10,19})?");

    static String own(OpId id, String tag) {
        return OWN + id.toUuidText() + "-" + tag;
    }

    static String shared(OpId id, String tag, long place) {
        return SHARED + id.toUuidText() + "-" + tag + String.format("%010d", place);
    }

    static Optional<Names> parse(String name) {
        Matcher shape = SHAPE.matcher(name);
        if (!shape.matches() || shape.group(1).equals("p") != (shape.group(4) != null)) {
            return Optional.empty();
        }
        try {
            long place = shape.group(4) == null ? 0 : Long.parseLong(shape.group(4));
            return Optional.of(new Names(OpId.ofUuidText(shape.group(2)), shape.group(3), place));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    long place(long createdRevision) {
        return sharedPlace == 0 ? createdRevision : sharedPlace;
    }

    /** Whether its tag ends with one of those (rule O8). */
    boolean hasTag(List<String> tags) {
        return tags.stream().anyMatch(tag::endsWith);
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
