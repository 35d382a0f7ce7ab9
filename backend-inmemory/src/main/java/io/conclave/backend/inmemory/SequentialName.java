package io.conclave.backend.inmemory;

import io.conclave.spi.OpId;
import java.util.List;
import java.util.OptionalLong;

/**
 * Names of the form <i>stem–number</i>, where the stem ends with a recipe's tag. Own ones are {@code _c_<uuid>-<tag><number>}; those
 * of other clients are recognised by their last characters alone (rule O8).
 *
 * <p>A number is what {@code %010d} prints: ten or more digits, or, below zero, a minus sign and nine or more. A single dash before ten digits
 * belongs to the stem ({@code lock-0000000007}); of two, the second is the sign ({@code lock--2147483648}).
 *
 * @param stem the name without its number
 * @param number the number
 */
record SequentialName(String stem, long number) {
    private static final int DIGITS_MIN = 10;
    private static final int DIGITS_MAX = 18;

    /** The name that the store composes. */
    static SequentialName compose(OpId opId, String tag, long number) {
        return new SequentialName("_c_" + opId.toUuidText() + "-" + tag, number);
    }

    /** The parts of a name that the store composed with this number. */
    static SequentialName split(String name, long number) {
        return new SequentialName(
                name.substring(0, name.length() - digits(number).length()), number);
    }

    private static String digits(long number) {
        return String.format("%010d", number);
    }

    /** The whole name. */
    String text() {
        return stem + digits(number);
    }

    /** True if the stem ends with one of the tags. */
    static boolean hasTag(String stem, List<String> tags) {
        for (String tag : tags) {
            if (stem.endsWith(tag)) {
                return true;
            }
        }
        return false;
    }

    /** The number of somebody's name; empty if it ends otherwise. */
    static OptionalLong numberOf(String name) {
        int start = firstDigit(name);
        int digits = name.length() - start;
        if (digits < DIGITS_MIN - 1 || digits > DIGITS_MAX) {
            return OptionalLong.empty();
        }
        boolean negative = isNegative(name, start);
        if (digits < DIGITS_MIN && !negative) {
            return OptionalLong.empty();
        }
        long value = Long.parseLong(name.substring(start));
        return OptionalLong.of(negative ? -value : value);
    }

    /** The name without its number; the name must have one. */
    static String stemOf(String name) {
        int start = firstDigit(name);
        return name.substring(0, isNegative(name, start) ? start - 1 : start);
    }

    private static int firstDigit(String name) {
        int start = name.length();
        while (start > 0 && name.charAt(start - 1) >= '0' && name.charAt(start - 1) <= '9') {
            start--;
        }
        return start;
    }

    private static boolean isNegative(String name, int start) {
        if (start < 1 || start == name.length() || name.charAt(start - 1) != '-') {
            return false;
        }
        return name.length() - start == DIGITS_MIN - 1
                || (start > 1 && name.charAt(start - 2) == '-' && name.charAt(start) != '0');
    }
}
