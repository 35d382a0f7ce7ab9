package io.conclave.internal;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Admitted when nobody of certain tags is ahead any more: locks, latches, and both sides of a read-write lock.
 *
 * @param kind what it is called
 * @param tag the own tag
 * @param tags of all in the queue
 * @param blocking the tags of those who are waited for
 * @param excluded the own tags of the policies that hold nothing when this is admitted
 * @param settled whether nobody of the blocking tags is ever put ahead later
 */
record AfterThose(
        String kind, String tag, List<String> tags, List<String> blocking, Set<String> excluded, boolean settled)
        implements AdmissionPolicy {
    static final String READ_TAG = "__READ__";
    static final String WRITE_TAG = "__WRIT__";
    static final List<String> BOTH = List.of(READ_TAG, WRITE_TAG);

    /** One at a time. */
    static AfterThose alone(String kind, String tag, List<String> tags) {
        return new AfterThose(kind, tag, tags, tags, Set.of(tag), true);
    }

    @Override
    public Query.Children firstLook(NodePath path, int atLeast) {
        return new Query.Children(path, blocking, Query.Bound.BEFORE_OWN_CREATE, atLeast, false);
    }

    @Override
    public Verdict judge(Line line) {
        List<Node> blockers = blocking.size() == tags.size()
                ? line.ahead()
                : line.ahead().stream().filter(this::blocks).toList();
        return blockers.isEmpty() ? new Admitted(false) : new AfterAllOf(blockers, settled);
    }

    private boolean blocks(Node node) {
        return blocking.stream().anyMatch(one -> hasTag(node, one));
    }

    /** Whether a sequential node's name, its number left out, ends with the tag. */
    static boolean hasTag(Node node, String tag) {
        int at = node.name().lastIndexOf(tag);
        return at >= 0 && node.name().substring(at + tag.length()).matches("-?[0-9]*");
    }

    /** One at a time: a contender waits for the nodes that were ahead when it came, and its own is told by what it is made at. */
    @Override
    public boolean namesMayRecur() {
        return settled && blocking.equals(tags);
    }

    @Override
    public boolean excludes(AdmissionPolicy held) {
        return excluded.contains(held.tag());
    }

    @Override
    public Optional<String> waitsForItself(AdmissionPolicy held) {
        if (tag.equals(WRITE_TAG) && held.tag().equals(READ_TAG)) {
            return Optional.of(
                    "a read grant that this thread took and has not released: a read grant cannot be made a write"
                            + " grant; release it first, then acquire the write lock and look again at what was read");
        }
        if (tag.equals(READ_TAG) && held.tag().equals(WRITE_TAG)) {
            return Optional.of("the write grant that this thread took and has not released: use downgrade or readUnder,"
                    + " which need no waiting");
        }
        return Optional.empty();
    }
}
