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
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The sequential nodes of a directory in their order: by place, and those that share one by creation. Those with a place of their own are one
 * range of keys, which the server can sort by creation, so that the nearest or the first few are enough; those with a shared place are
 * another, as a rule empty, and are always read whole. If the few turn out not to be enough (other tags among them), all are read.
 */
final class OrderedAnswer extends Answer {
    /** A few more than asked for: the own node, and some of other tags. */
    private static final int SPARE = 4;

    private static final int FEW = 64;

    private record Entry(KeyValue kv, NodePath path, Names name) {
        long place() {
            return name.place(kv.getCreateRevision());
        }
    }

    private static final Comparator<Entry> ORDER = Comparator.comparingLong(Entry::place)
            .thenComparingLong(entry -> entry.kv().getCreateRevision())
            .thenComparing(entry -> entry.path().name());

    private final Query.Children query;
    private final Keys keys;
    private final ByteString ownPlaces;
    private final ByteString sharedPlaces;
    private final List<Entry> placed = new ArrayList<>();
    private final List<Entry> sharing = new ArrayList<>();
    private Optional<Own> own;
    private ByteString placedFrom;
    private ByteString sharingFrom;
    private boolean few;
    private boolean placedComplete;
    private boolean sharingComplete;

    OrderedAnswer(Query.Children query, Keys keys, Optional<Own> own) {
        this.query = query;
        this.keys = keys;
        this.own = own;
        this.ownPlaces = Names.ownPrefix(keys, query.directory());
        this.sharedPlaces = Names.sharedPrefix(keys, query.directory());
        this.placedFrom = ownPlaces;
        this.sharingFrom = sharedPlaces;
        boolean ownIsLast = own.isEmpty() || own.get().key().startsWith(ownPlaces);
        this.few = query.bound() == Query.Bound.FIRST
                || (query.bound() == Query.Bound.BEFORE_OWN_CREATE && query.limit() <= FEW && ownIsLast);
    }

    @Override
    void own(Optional<Own> made) {
        own = made;
    }

    private int wanted() {
        return query.bound() == Query.Bound.FIRST ? 1 : query.limit();
    }

    @Override
    List<RangeRequest> ask() {
        List<RangeRequest> ranges = new ArrayList<>();
        if (!placedComplete) {
            RangeRequest.Builder range = range(ownPlaces, query.withData());
            ranges.add(
                    few
                            ? range.setLimit(wanted() + 1L + SPARE)
                                    .setSortTarget(RangeRequest.SortTarget.CREATE)
                                    .setSortOrder(
                                            query.bound() == Query.Bound.FIRST
                                                    ? RangeRequest.SortOrder.ASCEND
                                                    : RangeRequest.SortOrder.DESCEND)
                                    .build()
                            : range.setKey(placedFrom).build());
        }
        if (!sharingComplete) {
            ranges.add(range(sharedPlaces, query.withData()).setKey(sharingFrom).build());
        }
        return ranges;
    }

    @Override
    void take(List<RangeResponse> parts) {
        int next = 0;
        if (!placedComplete) {
            takePlaced(parts.get(next++));
        }
        if (!sharingComplete) {
            RangeResponse page = parts.get(next);
            add(page, sharing);
            sharingComplete = !page.getMore();
            if (!sharingComplete) {
                sharingFrom = Keys.next(lastKey(page));
            }
        }
    }

    private void takePlaced(RangeResponse page) {
        add(page, placed);
        if (!page.getMore()) {
            placedComplete = true;
        } else if (!few) {
            placedFrom = Keys.next(lastKey(page));
        } else if (placed.stream().filter(this::counts).count() > wanted()) {
            placedComplete = true;
        } else {
            few = false;
            placed.clear();
        }
    }

    private void add(RangeResponse page, List<Entry> entries) {
        for (KeyValue kv : page.getKvsList()) {
            keys.path(kv.getKey())
                    .filter(path -> path.parent().equals(query.directory()))
                    .ifPresent(path -> Names.parse(path.name())
                            .filter(name -> name.hasTag(query.tags()))
                            .ifPresent(name -> entries.add(new Entry(kv, path, name))));
        }
    }

    /** True for those that the answer may show: with a bound on the own node, all that stand before it. */
    private boolean counts(Entry entry) {
        if (query.bound() != Query.Bound.BEFORE_OWN_CREATE || own.isEmpty()) {
            return true;
        }
        Own limit = own.get();
        if (entry.kv().getKey().equals(limit.key())) {
            return false;
        }
        return limit.place() == 0 || entry.place() < limit.place() || isModel(entry, limit);
    }

    /** Who has the place that the own node shares stands before it. */
    private boolean isModel(Entry entry, Own limit) {
        return entry.place() == limit.place() && !limit.key().startsWith(ownPlaces);
    }

    @Override
    View view() {
        List<Entry> all = new ArrayList<>(placed);
        all.addAll(sharing);
        all.removeIf(entry -> !counts(entry));
        all.sort(ORDER);
        int most = Math.min(wanted(), all.size());
        boolean nearest = query.bound() == Query.Bound.BEFORE_OWN_CREATE;
        List<Entry> shown = nearest ? all.subList(all.size() - most, all.size()) : all.subList(0, most);
        boolean more = query.bound() != Query.Bound.FIRST && all.size() > most;
        return new View.OfNodes(shown.stream().map(this::present).toList(), more);
    }

    private Node present(Entry entry) {
        Node node = node(entry.kv(), entry.path());
        return query.withData() ? node : Node.listed(entry.path(), node.sequence(), node.createdRevision());
    }
}
