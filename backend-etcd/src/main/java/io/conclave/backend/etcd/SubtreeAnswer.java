package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * All nodes below a directory: one range of keys, which is in the order of the paths, page by page.
 *
 * <p>A server goes through all keys of a range, however few it is to return. So if many are left, their names are asked for first, many at once, and
 * the pages with data then end at names that are known: what a large subtree costs the server grows with its nodes, not with their square.
 */
final class SubtreeAnswer extends Answer {
    /** So many keys left make it worth asking for their names. */
    static final int MANY = 1_024;

    private final Query.Subtree query;
    private final Keys keys;
    private final ByteString end;
    private final List<Node> nodes = new ArrayList<>();
    /** Where the next pages end, as far as that is known. */
    private final Deque<ByteString> ends = new ArrayDeque<>();

    private ByteString from;
    private long left;
    private boolean names;
    private boolean complete;
    private boolean more;

    SubtreeAnswer(Query.Subtree query, Keys keys) {
        this.query = query;
        this.keys = keys;
        ByteString prefix = keys.below(query.directory());
        this.end = Keys.end(prefix);
        this.from = prefix;
        NodePath after = query.after();
        if (after != null) {
            ByteString next = Keys.next(keys.of(after));
            this.from = compare(next, prefix) > 0 ? next : prefix;
        }
        this.complete = compare(from, end) >= 0;
    }

    private static int compare(ByteString one, ByteString other) {
        return ByteString.unsignedLexicographicalComparator().compare(one, other);
    }

    @Override
    List<RangeRequest> ask() {
        if (complete) {
            return List.of();
        }
        names = ends.isEmpty() && left > MANY && missing() > MANY;
        return List.of(RangeRequest.newBuilder()
                .setKey(from)
                .setRangeEnd(ends.isEmpty() ? end : ends.peek())
                .setKeysOnly(names)
                .setLimit(Math.min(names ? PAGE_OF_NAMES : PAGE_WITH_DATA, missing()))
                .build());
    }

    /** How many nodes are to come at most, and one that tells that there are more. */
    private long missing() {
        return (long) query.limit() - nodes.size() + 1;
    }

    @Override
    void take(List<RangeResponse> parts) {
        RangeResponse page = parts.get(0);
        if (names) {
            cut(page.getKvsList());
            return;
        }
        left = (ends.isEmpty() ? page.getCount() : left) - page.getKvsCount();
        complete = left <= 0;
        for (KeyValue kv : page.getKvsList()) {
            from = Keys.next(kv.getKey());
            if (!take(kv)) {
                return;
            }
        }
        if (!ends.isEmpty() && !page.getMore()) {
            from = ends.remove();
        }
    }

    /** Lets pages end after every so many of these keys. */
    private void cut(List<KeyValue> keysOnly) {
        if (keysOnly.isEmpty()) {
            complete = true;
            return;
        }
        for (int i = PAGE_WITH_DATA; i < keysOnly.size(); i += PAGE_WITH_DATA) {
            ends.add(Keys.next(keysOnly.get(i - 1).getKey()));
        }
        ends.add(Keys.next(keysOnly.get(keysOnly.size() - 1).getKey()));
    }

    /** Adds a node; false if the rest of its page is not wanted. */
    private boolean take(KeyValue kv) {
        NodePath path = keys.path(kv.getKey()).orElse(null);
        if (path == null) {
            return true;
        }
        if (query.directory().isRoot() && Keys.isReserved(path)) {
            if (path.segments().size() == 1) {
                return true;
            }
            from = keys.afterReserved(); // all of this one's kind at once
            ends.clear();
            left = 0;
            complete = false;
            return false;
        }
        if (!query.reaches(path)) {
            return true;
        }
        if (nodes.size() == query.limit()) {
            more = true;
            complete = true;
            return false;
        }
        nodes.add(node(kv, path));
        return true;
    }

    @Override
    View view() {
        return new View.OfNodes(nodes, more);
    }
}
