package io.conclave.backend.zookeeper;

import io.conclave.spi.OpId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Names of sequential nodes: {@code _c_<uuid>-<tag><number>}. The number is the directory's signed 32-bit child counter as the server
 * prints it, {@code %010d}: ten digits, or a minus sign with nine or ten. It wraps, so two numbers are compared by their difference.
 */
final class Names {
    private static final String MARK = "_c_";
    private static final int UUID_CHARS = 36;
    private static final int PREFIX_CHARS = MARK.length() + UUID_CHARS + 1;

    private Names() {}

    /**
     * A sequential node in a listing.
     *
     * @param name its name
     * @param sequence its number
     * @param created the transaction that made it, where that is needed to order it; else 0
     */
    record Contender(String name, int sequence, long created) {
        /** True if the number alone does not tell the place: servers do not count on beyond the largest number, they repeat it. */
        boolean isAtEnd() {
            return sequence == Integer.MAX_VALUE;
        }

        boolean isBefore(Contender other) {
            return ORDER.compare(this, sequence - other.sequence, other) < 0;
        }
    }

    /** Orders two contenders whose numbers differ by that much. */
    private interface Order {
        int compare(Contender one, int distance, Contender other);
    }

    private static final Order ORDER = (one, distance, other) -> {
        if (distance != 0) {
            return distance;
        }
        boolean known = one.created != 0 && other.created != 0 && one.created != other.created;
        return known ? Long.compare(one.created, other.created) : one.name.compareTo(other.name);
    };

    /** All of the name but the number, which the server appends. */
    static String stem(OpId opId, String tag) {
        return MARK + opId.toUuidText() + "-" + tag;
    }

    /** The name that the server would have composed. */
    static String numbered(String stem, int sequence) {
        return stem + String.format(Locale.ROOT, "%010d", sequence);
    }

    /** The number in a name that ends with the tag and a number; empty for all others. */
    static OptionalInt sequence(String name, String tag) {
        OptionalInt negative = negative(name);
        if (negative.isPresent() && name.startsWith(tag, negativeStart(name) - tag.length())) {
            return negative;
        }
        OptionalInt positive = positive(name);
        return positive.isPresent() && name.startsWith(tag, name.length() - 10 - tag.length())
                ? positive
                : OptionalInt.empty();
    }

    /** The number in a name that ends with any of the tags and a number. */
    static OptionalInt sequence(String name, List<String> tags) {
        for (String tag : tags) {
            OptionalInt sequence = sequence(name, tag);
            if (sequence.isPresent()) {
                return sequence;
            }
        }
        return OptionalInt.empty();
    }

    /** The number in a name of our own form, whatever the tag; a dash before the digits is a sign only after another dash or a low line. */
    static OptionalInt ownSequence(String name) {
        if (opId(name).isEmpty()) {
            return OptionalInt.empty();
        }
        OptionalInt negative = negative(name);
        if (negative.isPresent()) {
            int before = negativeStart(name) - 1;
            if (before > PREFIX_CHARS - 1 && (name.charAt(before) == '-' || name.charAt(before) == '_')) {
                return negative;
            }
        }
        return name.length() - 10 > PREFIX_CHARS ? positive(name) : OptionalInt.empty();
    }

    /** The operation that made a node with a name of our own form. */
    static Optional<OpId> opId(String name) {
        if (name.length() <= PREFIX_CHARS || !name.startsWith(MARK) || name.charAt(PREFIX_CHARS - 1) != '-') {
            return Optional.empty();
        }
        try {
            return Optional.of(OpId.ofUuidText(name.substring(MARK.length(), MARK.length() + UUID_CHARS)));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    /** Sorts by place: numbers relative to one of the listing's own, so that the wrap falls outside; then by creation, then by name. */
    static List<Contender> inOrder(List<Contender> contenders) {
        List<Contender> ordered = new ArrayList<>(contenders);
        if (!ordered.isEmpty()) {
            int base = ordered.get(0).sequence();
            ordered.sort((one, other) ->
                    ORDER.compare(one, Integer.compare(one.sequence() - base, other.sequence() - base), other));
        }
        return ordered;
    }

    private static OptionalInt positive(String name) {
        int start = name.length() - 10;
        return start < 0 || !digits(name, start) ? OptionalInt.empty() : inRange(Long.parseLong(name.substring(start)));
    }

    private static OptionalInt negative(String name) {
        int start = negativeStart(name);
        return start < 0 ? OptionalInt.empty() : inRange(-Long.parseLong(name.substring(start + 1)));
    }

    private static int negativeStart(String name) {
        int longest = name.length() - 11;
        if (longest >= 0
                && name.charAt(longest) == '-'
                && name.charAt(longest + 1) != '0'
                && digits(name, longest + 1)) {
            return longest;
        }
        int shorter = name.length() - 10;
        return shorter >= 0 && name.charAt(shorter) == '-' && digits(name, shorter + 1) ? shorter : -1;
    }

    private static boolean digits(String name, int start) {
        for (int i = start; i < name.length(); i++) {
            if (name.charAt(i) < '0' || name.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private static OptionalInt inRange(long number) {
        return number < Integer.MIN_VALUE || number > Integer.MAX_VALUE
                ? OptionalInt.empty()
                : OptionalInt.of((int) number);
    }
}
