package io.conclave.backend.inmemory;

import static io.conclave.backend.inmemory.Trees.at;
import static io.conclave.backend.inmemory.Trees.contender;
import static io.conclave.backend.inmemory.Trees.persistent;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.Query.Bound;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Order and reads of the tree by the rules of docs/spec.md. */
class TreeReaderTest {
    private final Trees trees = new Trees();
    private final String one = trees.session();

    @Test
    void o2ContendersStandInTheOrderOfTheirCommits() {
        List<NodePath> made = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            made.add(trees.contend(one, "/q"));
        }
        assertThat(trees.list(Query.contenders(at("/q"), List.of("lock-")))).isEqualTo(made);
    }

    @Test
    void o4ANodeOfTheSamePlaceStandsRightAfterItsModel() {
        NodePath first = trees.contend(one, "/q");
        NodePath second = trees.contend(one, "/q");
        Write twin =
                new Write.CreateSequential(at("/q"), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL, first);
        NodePath between = trees.applied(one, twin).created().get(0).path();
        assertThat(trees.list(Query.contenders(at("/q"), List.of("lock-")))).containsExactly(first, between, second);
        trees.applied(one, Write.delete(first));
        assertThat(trees.commit(one, twin)).isEqualTo(new Reply.Refused(0));
    }

    @Test
    void o8NamesOfOtherClientsAreFoundByTheirTagsAndOthersNever() {
        trees.applied(
                one,
                persistent("/q/abc__lock__0000000005"),
                persistent("/q/_c_0123456789abcdef0123456789abcdef-lock-0000000007"),
                persistent("/q/x-lock--2147483648"),
                persistent("/q/y-lock--000000009"),
                persistent("/q/x-lock-123"),
                persistent("/q/plain"),
                persistent("/q/clock-0000000008x"));
        NodePath own = trees.contend(one, "/q");
        assertThat(trees.names(Query.contenders(at("/q"), List.of("__lock__"))))
                .containsExactly("abc__lock__0000000005");
        assertThat(trees.names(Query.contenders(at("/q"), List.of("lock-"))))
                .containsExactly(
                        "x-lock--2147483648",
                        "y-lock--000000009",
                        "_c_0123456789abcdef0123456789abcdef-lock-0000000007",
                        own.name());
        assertThat(trees.list(Query.children(at("/q")))).hasSize(8);
        assertThat(trees.names(Query.contenders(at("/q"), List.of("lock-", "__lock__"))))
                .hasSize(5);
    }

    @Test
    void o8NumbersOfNames() {
        assertThat(SequentialName.numberOf("a-0000000012")).hasValue(12);
        assertThat(SequentialName.stemOf("a-0000000012")).isEqualTo("a-");
        assertThat(SequentialName.numberOf("a--000000012")).hasValue(-12);
        assertThat(SequentialName.stemOf("a--000000012")).isEqualTo("a-");
        assertThat(SequentialName.numberOf("a-123456789012345678")).hasValue(123456789012345678L);
        assertThat(SequentialName.numberOf("a-1234567890123456789")).isEmpty();
        assertThat(SequentialName.numberOf("a123456789")).isEmpty();
        assertThat(SequentialName.numberOf("a")).isEmpty();
        assertThat(SequentialName.numberOf("0000000001")).hasValue(1);
    }

    @Test
    void r3FirstAndBeforeOwnCreate() {
        NodePath first = trees.contend(one, "/q");
        trees.applied(one, contender("/q", "other-"));
        NodePath third = trees.contend(one, "/q");
        NodePath fourth = trees.contend(one, "/q");
        Reply.Committed own = trees.applied(one, contender("/q", "lock-"));
        trees.contend(one, "/q");
        TreeReader reader = new TreeReader(trees.tree);
        assertThat(reader.read(
                        List.of(
                                children(Bound.FIRST, 5),
                                children(Bound.BEFORE_OWN_CREATE, 2),
                                children(Bound.BEFORE_OWN_CREATE, 3)),
                        own.revision(),
                        own.made()))
                .extracting(view ->
                        ((View.OfNodes) view).nodes().stream().map(Node::path).toList())
                .containsExactly(List.of(first), List.of(third, fourth), List.of(first, third, fourth));
        assertThat(((View.OfNodes)
                                reader.read(List.of(children(Bound.BEFORE_OWN_CREATE, 2)), own.revision(), own.made())
                                        .get(0))
                        .more())
                .isTrue();
    }

    private static Query children(Bound bound, int limit) {
        return new Query.Children(at("/q"), List.of("lock-"), bound, limit, false);
    }

    @Test
    void r3ListingsWithoutDataHoldUnknownVersion() {
        trees.applied(one, persistent("/d/n"), persistent("/d/e/f"));
        View.OfNodes without = (View.OfNodes) trees.read(Query.children(at("/d")));
        assertThat(without.nodes()).extracting(Node::version).containsOnly(Node.UNKNOWN_VERSION);
        View.OfNodes with = (View.OfNodes) trees.read(new Query.Children(at("/d"), List.of(), Bound.ALL, 1_000, true));
        assertThat(with.nodes()).extracting(Node::version).containsExactly(Node.UNKNOWN_VERSION, 0L);
        assertThat(with.nodes().get(1).data()).isEqualTo(Payload.utf8("v"));
    }

    @Test
    void r4SubtreeComesInTheOrderOfPathsPageByPage() {
        trees.applied(
                one,
                persistent("/app"),
                persistent("/app/a.b"),
                persistent("/app/a/x"),
                persistent("/app/a"),
                persistent("/app/b"),
                persistent("/app2/n"),
                persistent("/app.x"));
        List<NodePath> all = trees.list(Query.subtree(at("/app"), 100));
        assertThat(all)
                .isSorted()
                .extracting(NodePath::toString)
                .containsExactly("/app/a", "/app/a.b", "/app/a/x", "/app/b");
        List<NodePath> pages = new ArrayList<>();
        NodePath after = null;
        for (boolean more = true; more; ) {
            View.OfNodes page = (View.OfNodes) trees.read(new Query.Subtree(at("/app"), 3, after));
            page.nodes().forEach(node -> pages.add(node.path()));
            more = page.more();
            after = pages.get(pages.size() - 1);
        }
        assertThat(pages).isEqualTo(all);
    }

    @Test
    void r5NeighboursWithTheSameBeginningAreNotSeen() {
        trees.applied(one, persistent("/app2/n"), persistent("/app/n"), persistent("/app!/n"), persistent("/app0"));
        assertThat(trees.names(Query.children(at("/app")))).containsExactly("n");
        assertThat(trees.names(Query.children(NodePath.root()))).containsExactly("app", "app!", "app0", "app2");
        assertThat(trees.list(Query.subtree(at("/app"), 10))).hasSize(1);
    }

    @Test
    void n2TheReservedDirectoryIsNotListedAtTheRoot() {
        trees.applied(one, persistent("/.conclave/epoch"), persistent("/a"));
        assertThat(trees.names(Query.children(NodePath.root()))).containsExactly("a");
        assertThat(trees.list(Query.subtree(NodePath.root(), 10))).containsExactly(at("/a"));
        assertThat(trees.names(Query.children(at("/.conclave")))).containsExactly("epoch");
    }
}
