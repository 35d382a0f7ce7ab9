package io.conclave.backend.etcd;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.NavigableMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Which ranges are asked for, by a store of keys that counts what a server would go through for them. */
final class SubtreeAnswerTest {
    private static final NodePath TOP = NodePath.of("/top");

    private final Keys keys = new Keys(NodePath.of("/ns"));
    private final NavigableMap<ByteString, KeyValue> store =
            new TreeMap<>(ByteString.unsignedLexicographicalComparator());
    private final List<RangeRequest> asked = new ArrayList<>();
    private long walked;

    private void put(String path) {
        ByteString key = keys.of(NodePath.of(path));
        store.put(
                key,
                KeyValue.newBuilder()
                        .setKey(key)
                        .setValue(ByteString.copyFromUtf8(path))
                        .setVersion(1)
                        .build());
    }

    /** As a server does: it goes through the whole range and returns the beginning. */
    private RangeResponse range(RangeRequest request) {
        asked.add(request);
        List<KeyValue> all = List.copyOf(
                store.subMap(request.getKey(), request.getRangeEnd()).values());
        walked += all.size();
        RangeResponse.Builder page =
                RangeResponse.newBuilder().setCount(all.size()).setMore(all.size() > request.getLimit());
        for (KeyValue each : all.subList(0, (int) Math.min(all.size(), request.getLimit()))) {
            page.addKvs(request.getKeysOnly() ? each.toBuilder().clearValue().build() : each);
        }
        return page.build();
    }

    private View.OfNodes read(Query query) {
        Reading reading = Reading.of(List.of(query), keys);
        asked.clear();
        walked = 0;
        while (!reading.isComplete()) {
            reading.take(reading.ask(100).stream().map(this::range).toList(), 7);
        }
        return (View.OfNodes) reading.views().get(0);
    }

    private static List<String> paths(View.OfNodes view) {
        return view.nodes().stream().map(Node::path).map(NodePath::toString).toList();
    }

    private List<String> expected(String prefix) {
        return store.values().stream()
                .map(each -> each.getValue().toStringUtf8())
                .filter(path -> path.startsWith(prefix))
                .toList();
    }

    private void fill(int count) {
        for (int i = 0; i < count; i++) {
            put("/top/%05d".formatted(i));
            if (i % 10 == 0) {
                put("/top/%05d/below".formatted(i));
            }
        }
        put("/topmost/1");
        put("/to/1");
    }

    @Test
    void eachKeyIsGoneThroughAFewTimesOnlyHoweverLargeTheSubtree() {
        fill(20_000);
        View.OfNodes view = read(Query.subtree(TOP, 1_000_000));
        assertThat(paths(view)).isEqualTo(expected("/top/"));
        assertThat(view.more()).isFalse();
        assertThat(view.nodes()).allMatch(node -> node.data().size() > 0, "has its data");
        assertThat(walked).as("keys gone through for 22,000").isLessThan(8 * 22_000);
        assertThat(asked).as("requests").hasSizeLessThan(22_000 / Answer.PAGE_WITH_DATA + 20);
    }

    @Test
    void aSmallSubtreeIsOnePageAfterTheOther() {
        fill(50);
        assertThat(paths(read(Query.subtree(TOP, 1_000)))).isEqualTo(expected("/top/"));
        assertThat(asked).as("requests for 55 nodes").hasSize(1);
        fill(500);
        assertThat(paths(read(Query.subtree(TOP, 1_000)))).isEqualTo(expected("/top/"));
        assertThat(asked).as("requests for 550 nodes").hasSize(9).noneMatch(RangeRequest::getKeysOnly);
    }

    @Test
    void theLimitCutsWhereItCutsAPage() {
        fill(5_000);
        for (int limit : new int[] {1, 63, 64, 65, 1_023, 1_024, 1_100, 4_000, 5_499, 5_500, 5_501}) {
            View.OfNodes view = read(Query.subtree(TOP, limit));
            List<String> all = expected("/top/");
            assertThat(paths(view)).isEqualTo(all.subList(0, Math.min(limit, all.size())));
            assertThat(view.more()).as("more than " + limit).isEqualTo(limit < all.size());
        }
    }

    /** Keys that are too deep do not count for the limit, but fill the pages. */
    @Test
    void aLimitedDepthLeavesNothingOut() {
        for (int i = 0; i < 3_000; i++) {
            put("/top/a/%05d".formatted(i));
        }
        for (int i = 0; i < 3_000; i++) {
            put("/top/b%05d".formatted(i));
        }
        for (int limit : new int[] {10, 1_500, 2_990, 3_000, 10_000}) {
            View.OfNodes view = read(Query.subtree(TOP, limit, null, 1));
            List<String> all = expected("/top/b");
            assertThat(paths(view)).isEqualTo(all.subList(0, Math.min(limit, all.size())));
            assertThat(view.more()).as("more than " + limit).isEqualTo(limit < all.size());
        }
    }

    @Test
    void theReservedKeysAreLeftOutHoweverManyThereAre() {
        fill(2_000);
        for (int i = 0; i < 5_000; i++) {
            put("/.conclave/slots/a/" + i);
        }
        put("/.aaa");
        List<String> seen = paths(read(Query.subtree(NodePath.root(), 100_000)));
        assertThat(seen)
                .hasSize(2_203)
                .isEqualTo(store.values().stream()
                        .map(each -> each.getValue().toStringUtf8())
                        .filter(path -> !path.startsWith("/.conclave/"))
                        .toList());
        assertThat(walked).isLessThan(4 * 7_300);
    }

    @Test
    void aPageBeginsAfterTheOneBefore() {
        fill(3_000);
        List<String> all = expected("/top/");
        List<String> seen = new ArrayList<>();
        NodePath after = null;
        View.OfNodes page;
        do {
            page = read(new Query.Subtree(TOP, 1_500, after));
            seen.addAll(paths(page));
            after = page.nodes().get(page.nodes().size() - 1).path();
        } while (page.more());
        assertThat(seen).isEqualTo(all);
    }
}
