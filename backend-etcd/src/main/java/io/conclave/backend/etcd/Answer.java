package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The answer to one query while it is gathered: asks for ranges, takes what the server says, and asks for more until it knows enough. All
 * rounds after the first are read at the revision of the first, so that they show one state.
 */
abstract class Answer {
    /** The most keys of one page of names: less than 1 MiB of the usual names, and who waits in a long queue needs one look. */
    static final int PAGE_OF_NAMES = 4_000;

    /** The most keys of one page with data. */
    static final int PAGE_WITH_DATA = 64;

    /**
     * The sequential node that the commit has made in the directory that is asked for.
     *
     * @param key its key
     * @param place its place in the order
     */
    record Own(ByteString key, long place) {}

    /** What to ask for next; nothing if enough is known. */
    abstract List<RangeRequest> ask();

    /** The answers to what was asked for last, in its order. */
    abstract void take(List<RangeResponse> parts);

    /** The whole answer. */
    abstract View view();

    /**
     * Starts an answer.
     *
     * @param own for {@link Query.Bound#BEFORE_OWN_CREATE}: what the commit makes; its place is 0 as long as it is not known
     */
    static Answer to(Query query, Keys keys, Optional<Own> own) {
        if (query instanceof Query.Get get) {
            return new GetAnswer(get, keys);
        }
        if (query instanceof Query.Subtree subtree) {
            return new SubtreeAnswer(subtree, keys);
        }
        Query.Children children = (Query.Children) query;
        return children.tags().isEmpty() ? new NamesAnswer(children, keys) : new OrderedAnswer(children, keys, own);
    }

    /** The commit's own node is known only now: for the answers that depend on it. */
    void own(Optional<Own> own) {
        // most do not
    }

    static RangeRequest.Builder range(ByteString prefix, boolean withData) {
        return RangeRequest.newBuilder()
                .setKey(prefix)
                .setRangeEnd(Keys.end(prefix))
                .setKeysOnly(!withData)
                .setLimit(withData ? PAGE_WITH_DATA : PAGE_OF_NAMES);
    }

    static ByteString lastKey(RangeResponse response) {
        return response.getKvs(response.getKvsCount() - 1).getKey();
    }

    /** The node as etcd has it. */
    static Node node(KeyValue kv, NodePath path) {
        OptionalLong sequence = Names.parse(path.name())
                .map(name -> OptionalLong.of(name.place(kv.getCreateRevision())))
                .orElse(OptionalLong.empty());
        return new Node(
                path,
                sequence,
                OptionalLong.of(kv.getCreateRevision()),
                OptionalLong.of(kv.getModRevision()),
                kv.getVersion() - 1,
                kv.getLease() == 0 ? "" : Long.toHexString(kv.getLease()),
                Payload.of(kv.getValue().toByteArray()));
    }

    /** One node. */
    private static final class GetAnswer extends Answer {
        private final Query.Get query;
        private final Keys keys;
        private Optional<Node> node = Optional.empty();
        private boolean known;

        GetAnswer(Query.Get query, Keys keys) {
            this.query = query;
            this.keys = keys;
            this.known = query.path().isRoot();
        }

        @Override
        List<RangeRequest> ask() {
            return known
                    ? List.of()
                    : List.of(RangeRequest.newBuilder()
                            .setKey(keys.of(query.path()))
                            .build());
        }

        @Override
        void take(List<RangeResponse> parts) {
            known = true;
            node = parts.get(0).getKvsList().stream().findFirst().map(kv -> node(kv, query.path()));
        }

        @Override
        View view() {
            return new View.OfNode(node);
        }
    }
}
