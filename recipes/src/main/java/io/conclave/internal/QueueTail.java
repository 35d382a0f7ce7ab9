package io.conclave.internal;

import io.conclave.UnsupportedLayoutException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the queue's tail node says, format {@code conclave-queue/1} of docs/layouts.md. Every put is guarded by its version, so whoever changes it changes it for all.
 *
 * @param kind the queue's kind
 * @param lane the lowest lane that may still be put into: those below only become emptier
 * @param capacity how many items fit; 0 for no bound
 * @param size with a bound: no fewer than the items that there are
 */
record QueueTail(QueueKind kind, long lane, int capacity, int size) {
    private static final String NAME = "conclave-queue/";
    private static final Pattern FORMAT = Pattern.compile(
            NAME + "1\nkind=([a-z]{1,20})\nlane=([0-9]{1,10})\ncapacity=([0-9]{1,9})\nsize=([0-9]{1,9})\n");

    Payload write() {
        return Payload.utf8(
                NAME + "1\nkind=" + kind.label + "\nlane=" + lane + "\ncapacity=" + capacity + "\nsize=" + size + "\n");
    }

    /** The tail that a node holds, for a queue of this kind; refuses others. */
    static QueueTail read(Node node, QueueKind wanted) {
        NodePath queue = node.path().parent();
        String text = node.data().asUtf8();
        Matcher found = FORMAT.matcher(text);
        if (!found.matches()) {
            throw new UnsupportedLayoutException(queue + " is no queue that this version knows: " + node.path()
                    + (text.startsWith(NAME) ? " has another format" : " is not in the format " + NAME + "1"));
        }
        if (!found.group(1).equals(wanted.label)) {
            throw new IllegalStateException(
                    queue + " holds a queue of the kind '" + found.group(1) + "', not '" + wanted.label + "'");
        }
        return new QueueTail(
                wanted,
                Long.parseLong(found.group(2)),
                Integer.parseInt(found.group(3)),
                Integer.parseInt(found.group(4)));
    }

    QueueTail withSize(long items) {
        return capacity == 0 ? this : new QueueTail(kind, lane, capacity, (int) Math.min(items, capacity));
    }

    QueueTail withLane(long number) {
        return new QueueTail(kind, number, capacity, size);
    }

    boolean hasRoomFor(int items) {
        return capacity == 0 || (long) size + items <= capacity;
    }
}
