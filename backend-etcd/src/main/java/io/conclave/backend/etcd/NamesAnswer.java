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
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All direct children by name, directories included. They lie among all that is below them, so a page that ends deep inside a child is
 * followed by one that begins behind that child.
 */
final class NamesAnswer extends Answer {
    private final Query.Children query;
    private final Keys keys;
    private final ByteString prefix;
    /** By name; null for a directory without a node. */
    private final Map<String, @Nullable KeyValue> children = new TreeMap<>();

    private ByteString from;
    private boolean complete;

    NamesAnswer(Query.Children query, Keys keys) {
        this.query = query;
        this.keys = keys;
        this.prefix = keys.below(query.directory());
        this.from = prefix;
    }

    @Override
    List<RangeRequest> ask() {
        return complete
                ? List.of()
                : List.of(range(prefix, query.withData()).setKey(from).build());
    }

    @Override
    void take(List<RangeResponse> parts) {
        RangeResponse page = parts.get(0);
        for (KeyValue kv : page.getKvsList()) {
            String rest = kv.getKey().substring(prefix.size()).toStringUtf8();
            int slash = rest.indexOf('/');
            String name = slash < 0 ? rest : rest.substring(0, slash);
            if (slash < 0) {
                children.put(name, kv);
                from = Keys.next(kv.getKey());
            } else {
                children.putIfAbsent(name, null);
                from = Keys.end(prefix.concat(ByteString.copyFromUtf8(name + "/")));
            }
        }
        complete = !page.getMore();
    }

    @Override
    View view() {
        List<Node> nodes = new ArrayList<>();
        for (Map.Entry<String, @Nullable KeyValue> child : children.entrySet()) {
            NodePath path = keys.path(prefix.concat(ByteString.copyFromUtf8(child.getKey())))
                    .orElse(null);
            if (path == null || (query.directory().isRoot() && Keys.isReserved(path))) {
                continue;
            }
            if (nodes.size() == query.limit()) {
                return new View.OfNodes(nodes, true);
            }
            nodes.add(present(path, child.getValue()));
        }
        return new View.OfNodes(nodes, false);
    }

    private Node present(NodePath path, @Nullable KeyValue kv) {
        if (kv == null) {
            return Node.listed(path, OptionalLong.empty());
        }
        Node node = node(kv, path);
        return query.withData() ? node : Node.listed(path, node.sequence());
    }
}
