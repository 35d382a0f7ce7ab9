package io.conclave.internal;

import io.conclave.spi.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the names of a semaphore's nodes say, so that one listing tells everything: {@code <wanted>of<declared>-permits-} for a contender, {@code <limit>max<most>-limit-}
 * for the limit that a resize has set.
 *
 * @param contenders those who hold or wait, in order
 * @param limit what a resize has set last
 */
public record PermitNames(List<Claim> contenders, Optional<Limit> limit) {
    /** The end of a contender's tag. */
    public static final String CONTENDER = "permits-";
    /** The end of a limit's tag. */
    public static final String LIMIT = "limit-";

    /** Both. */
    public static final List<String> TAGS = List.of(CONTENDER, LIMIT);

    private static final Pattern CONTENDER_NAME =
            Pattern.compile(".*-([0-9]{1,10})of([0-9]{1,10})-permits-(-?[0-9]{9,})?");
    private static final Pattern LIMIT_NAME = Pattern.compile(".*-([0-9]{1,10})max([0-9]{1,10})-limit-(-?[0-9]{9,})?");

    /**
     * A contender.
     *
     * @param node its node
     * @param wanted how many permits
     * @param declared how many there are, as its caller says
     */
    public record Claim(Node node, int wanted, int declared) {}

    /**
     * A limit.
     *
     * @param node its node
     * @param permits how many there are
     * @param most the largest limit that anybody present may have been admitted under
     */
    public record Limit(Node node, int permits, int most) {}

    /** The tag of a contender. */
    public static String contenderTag(int wanted, int declared) {
        return wanted + "of" + declared + "-" + CONTENDER;
    }

    /** The tag of a limit. */
    public static String limitTag(int permits, int most) {
        return permits + "max" + most + "-" + LIMIT;
    }

    /** Reads a listing; other names are nobody's. Of several limits the last one counts, and the largest {@code most}. */
    public static PermitNames of(List<Node> nodes) {
        List<Claim> claims = new ArrayList<>();
        Limit last = null;
        for (Node node : nodes) {
            Optional<int[]> claim = numbers(CONTENDER_NAME, node);
            Optional<int[]> limit = numbers(LIMIT_NAME, node);
            if (claim.isPresent()) {
                claims.add(new Claim(node, claim.get()[0], claim.get()[1]));
            } else if (limit.isPresent()) {
                int most = Math.max(limit.get()[1], last == null ? 0 : last.most());
                last = new Limit(node, limit.get()[0], most);
            }
        }
        return new PermitNames(claims, Optional.ofNullable(last));
    }

    /** Whether the node sets a limit. */
    public static boolean isLimit(String name) {
        return LIMIT_NAME.matcher(name).matches();
    }

    private static Optional<int[]> numbers(Pattern shape, Node node) {
        Matcher matcher = shape.matcher(node.name());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long one = Long.parseLong(matcher.group(1));
        long two = Long.parseLong(matcher.group(2));
        return one > Integer.MAX_VALUE || two > Integer.MAX_VALUE
                ? Optional.empty()
                : Optional.of(new int[] {(int) one, (int) two});
    }

    /** How many permits there are: set by a resize, or as the first contender declares; empty if nobody says. */
    public OptionalInt inForce() {
        if (limit.isPresent()) {
            return OptionalInt.of(limit.get().permits());
        }
        return contenders.isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(contenders.get(0).declared());
    }

    /** How many permits are taken by those who have all that they want, in order, under this limit. */
    public long taken(int permits) {
        long sum = 0;
        for (Claim claim : contenders) {
            if (sum + claim.wanted() > permits) {
                break;
            }
            sum += claim.wanted();
        }
        return sum;
    }

    /** All permits that are held or wanted. */
    public long wanted() {
        return contenders.stream().mapToLong(Claim::wanted).sum();
    }
}
