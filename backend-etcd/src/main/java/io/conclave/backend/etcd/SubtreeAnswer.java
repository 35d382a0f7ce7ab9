package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import java.util.ArrayList;
import java.util.List;

/** All nodes below a directory: one range of keys, which is in the order of the paths. */
final class SubtreeAnswer extends Answer {
    private final Query.Subtree query;
    private final Keys keys;
    private final ByteString end;
    private final List<Node> nodes = new ArrayList<>();
    private ByteString from;
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
        long missing = (long) query.limit() - nodes.size() + 1;
        return List.of(RangeRequest.newBuilder()
                .setKey(from)
                .setRangeEnd(end)
                .setLimit(Math.min(PAGE_WITH_DATA, missing))
                .build());
    }

    @Override
    void take(List<RangeResponse> parts) {
        RangeResponse page = parts.get(0);
        boolean hideReserved = query.directory().isRoot();
        for (KeyValue kv : page.getKvsList()) {
            NodePath path = keys.path(kv.getKey()).orElse(null);
            from = Keys.next(kv.getKey());
            if (path == null) {
                continue;
            }
            if (hideReserved && Keys.isReserved(path)) {
                if (path.segments().size() > 1) {
                    from = keys.afterReserved();
                    return;
                }
                continue;
            }
            if (!query.reaches(path)) {
                continue;
            }
            if (nodes.size() == query.limit()) {
                more = true;
                complete = true;
                return;
            }
            nodes.add(node(kv, path));
        }
        complete = !page.getMore();
    }

    @Override
    View view() {
        return new View.OfNodes(nodes, more);
    }
}
