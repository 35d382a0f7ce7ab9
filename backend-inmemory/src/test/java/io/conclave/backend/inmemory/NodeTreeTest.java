package io.conclave.backend.inmemory;

import static io.conclave.backend.inmemory.Trees.at;
import static io.conclave.backend.inmemory.Trees.contender;
import static io.conclave.backend.inmemory.Trees.delete;
import static io.conclave.backend.inmemory.Trees.ephemeral;
import static io.conclave.backend.inmemory.Trees.persistent;
import static io.conclave.backend.inmemory.Trees.put;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The tree by the rules of docs/spec.md on sessions, nodes and commits, each test by number. */
class NodeTreeTest {
    private final Trees trees = new Trees();
    private final String one = trees.session();
    private final String two = trees.session();

    @Test
    void s1SessionIdsAreNeverReused() {
        trees.end(one);
        assertThat(trees.session()).isNotIn(one, two);
        assertThat(trees.end(one)).isInstanceOf(Reply.NoSession.class);
        assertThat(trees.commit(one, persistent("/late"))).isInstanceOf(Reply.NoSession.class);
        assertThat(trees.exists("/late")).isFalse();
    }

    @Test
    void s4AllEphemeralsOfASessionGoAtOneRevision() {
        trees.commit(one, ephemeral("/e"), contender("/q", "lock-"));
        trees.commit(one, persistent("/stays"));
        trees.changes.clear();
        trees.end(one);
        assertThat(trees.changes).extracting(Change::revision).containsOnly(Trees.BASE + 3);
        assertThat(trees.changedNodes()).hasSize(2).contains("DELETED /e");
        assertThat(trees.exists("/stays")).isTrue();
    }

    @Test
    void s4ASessionWithoutEphemeralsTakesNoRevision() {
        trees.end(one);
        assertThat(trees.tree.revision()).isEqualTo(Trees.BASE);
    }

    @Test
    void s9TheEndOfASessionLeavesOthersAlone() {
        trees.commit(one, ephemeral("/mine"));
        trees.commit(two, ephemeral("/theirs"));
        trees.end(one);
        assertThat(trees.exists("/mine")).isFalse();
        assertThat(trees.exists("/theirs")).isTrue();
    }

    @Test
    void n3AnImplicitDirectoryReadsAsAbsentAndCanBecomeANode() {
        trees.applied(one, persistent("/d/n"));
        assertThat(trees.exists("/d")).isFalse();
        assertThat(trees.commit(one, put("/d", "x"))).isEqualTo(new Reply.Refused(0));
        assertThat(trees.commit(one, delete("/d"))).isEqualTo(new Reply.Refused(0));
        assertThat(trees.commit(one, trees.nextId(), List.of(Guard.present(at("/d"))), persistent("/x")))
                .isEqualTo(new Reply.Refused(0));
        trees.applied(one, persistent("/d"));
        assertThat(trees.exists("/d")).isTrue();
        assertThat(trees.exists("/d/n")).isTrue();
    }

    @Test
    void n5DeletingANodeLeavesItsChildren() {
        trees.applied(one, persistent("/d"), persistent("/d/n"));
        trees.applied(one, delete("/d"));
        assertThat(trees.exists("/d")).isFalse();
        assertThat(trees.exists("/d/n")).isTrue();
        trees.applied(one, persistent("/d"));
    }

    @Test
    void n6OnlyTheOwnerPutsToAnEphemeralNodeAndAnybodyDeletesIt() {
        trees.commit(one, ephemeral("/e"));
        assertThat(trees.commit(two, persistent("/side"), put("/e", "x"))).isInstanceOf(Reply.Invalid.class);
        assertThat(trees.exists("/side")).isFalse();
        trees.applied(one, put("/e", "own"));
        trees.applied(two, delete("/e"));
        trees.end(one);
        assertThat(trees.exists("/e")).isFalse();
    }

    @Test
    void n7And8CreatedRevisionStaysAndVersionGrows() {
        trees.applied(one, persistent("/n"));
        trees.applied(one, put("/n", "1"), put("/n", "2"));
        TreeNode node = trees.tree.find(at("/n"));
        assertThat(node.createdRevision).isEqualTo(Trees.BASE + 1);
        assertThat(node.version).isEqualTo(2);
    }

    @Test
    void n9EphemeralNodesHaveNoChildren() {
        trees.commit(one, ephemeral("/e"));
        assertThat(trees.commit(two, persistent("/e/a/b"))).isInstanceOf(Reply.Invalid.class);
        assertThat(trees.commit(two, contender("/e", "lock-"))).isInstanceOf(Reply.Invalid.class);
        trees.applied(two, persistent("/d/n"));
        assertThat(trees.commit(one, ephemeral("/d"))).isInstanceOf(Reply.Invalid.class);
        assertThat(trees.tree.nodes).hasSize(2);
    }

    @Test
    void c1GuardsAreJudgedInOrderAgainstTheStateBefore() {
        trees.applied(one, persistent("/n"));
        List<Guard> guards = List.of(Guard.versionIs(at("/n"), 0), Guard.absent(at("/n")), Guard.present(at("/none")));
        assertThat(trees.commit(one, trees.nextId(), guards, delete("/n"))).isEqualTo(new Reply.Refused(1));
        assertThat(trees.exists("/n")).isTrue();
        assertThat(trees.tree.revision()).isEqualTo(Trees.BASE + 1);
    }

    @Test
    void f1AGuardOnTheCreatedRevisionFailsForTheNextNodeOfThatName() {
        trees.applied(one, persistent("/n"));
        trees.applied(one, delete("/n"));
        trees.applied(one, persistent("/n"));
        List<Guard> old = List.of(Guard.present(at("/n"), Trees.BASE + 1));
        List<Guard> now = List.of(Guard.present(at("/n"), Trees.BASE + 3));
        assertThat(trees.commit(one, trees.nextId(), old, persistent("/x"))).isEqualTo(new Reply.Refused(0));
        assertThat(trees.commit(one, trees.nextId(), now, persistent("/x"))).isInstanceOf(Reply.Committed.class);
    }

    @Test
    void c2EachWriteSeesThoseBeforeItAndARefusedOneTakesAllBack() {
        trees.applied(one, persistent("/a"), put("/a", "2"), delete("/a"), persistent("/a"), ephemeral("/e"));
        byte[] before = trees.tree.snapshot();
        Reply reply = trees.commit(
                one,
                new OpId(9, 9),
                List.of(Guard.present(at("/a"))),
                put("/a", "x"),
                delete("/e"),
                contender("/q", "t"),
                delete("/a"),
                persistent("/b/c"),
                delete("/missing"));
        assertThat(reply).isEqualTo(new Reply.Refused(6));
        trees.tree.sessions.get(one).results.remove(new OpId(9, 9));
        assertThat(trees.tree.snapshot()).isEqualTo(before);
        assertThat(trees.tree.contenders).isEmpty();
    }

    @Test
    void c4ACommitIsAppliedOnceAndTellsItsFirstResult() {
        OpId id = trees.nextId();
        Reply first = trees.commit(one, id, List.of(), persistent("/n"));
        trees.applied(two, delete("/n"));
        assertThat(trees.commit(one, id, List.of(), persistent("/n"))).isEqualTo(first);
        assertThat(trees.exists("/n")).isFalse();
    }

    @Test
    void c5WhatWasRefusedIsNeverAppliedLater() {
        OpId refused = trees.nextId();
        OpId invalid = trees.nextId();
        trees.commit(two, ephemeral("/e"));
        trees.commit(one, refused, List.of(), put("/n", "x"));
        trees.commit(one, invalid, List.of(), put("/e", "x"));
        trees.applied(two, persistent("/n"), delete("/e"), persistent("/e"));
        assertThat(trees.commit(one, refused, List.of(), put("/n", "x"))).isEqualTo(new Reply.Refused(0));
        assertThat(trees.commit(one, invalid, List.of(), put("/e", "x"))).isInstanceOf(Reply.Invalid.class);
    }

    @Test
    void c6WithdrawalIsFinal() {
        OpId contender = trees.nextId();
        OpId plain = trees.nextId();
        OpId never = trees.nextId();
        trees.commit(one, contender, List.of(), contender("/q", "lock-"));
        trees.commit(one, plain, List.of(), persistent("/n"));
        assertThat(trees.withdraw(one, contender)).isEqualTo(Withdrawal.UNDONE);
        assertThat(trees.tree.contenders).isEmpty();
        assertThat(trees.withdraw(one, contender)).isEqualTo(Withdrawal.UNDONE);
        assertThat(trees.withdraw(one, plain)).isEqualTo(Withdrawal.APPLIED);
        assertThat(trees.withdraw(one, never)).isEqualTo(Withdrawal.NEVER_APPLIED);
        assertThat(trees.commit(one, never, List.of(), persistent("/late"))).isInstanceOf(Reply.Invalid.class);
        assertThat(trees.exists("/late")).isFalse();
    }

    @Test
    void c6APersistentSequentialNodeIsNotUndone() {
        OpId id = trees.nextId();
        Write write = Write.createSequential(at("/q"), "item-", Payload.empty(), CreateMode.PERSISTENT_SEQUENTIAL);
        trees.commit(one, id, List.of(), write);
        assertThat(trees.withdraw(one, id)).isEqualTo(Withdrawal.APPLIED);
        trees.end(one);
        assertThat(trees.tree.nodes).hasSize(1);
    }

    @Test
    void c8ARecoveredSequentialNodeThatIsGoneStandsWithItsStem() {
        OpId id = trees.nextId();
        Reply.Committed first = (Reply.Committed) trees.commit(one, id, List.of(), contender("/q", "lock-"));
        NodePath path = first.created().get(0).path();
        assertThat(trees.commit(one, id, List.of(), contender("/q", "lock-"))).isEqualTo(first);
        trees.applied(two, Write.delete(path));
        Reply.Committed again = (Reply.Committed) trees.commit(one, id, List.of(), contender("/q", "lock-"));
        assertThat(again.created().get(0).path()).hasToString("/q/_c_" + id.toUuidText() + "-lock-");
        assertThat(again.created().get(0).sequence()).isEmpty();
        assertThat(again.revision()).isEqualTo(first.revision());
    }

    @Test
    void theMemoryOfOperationsIsBoundedButKeepsWhatIsUnsettled() {
        OpId doubtful = trees.nextId();
        trees.commit(one, doubtful, List.of(), persistent("/n"));
        for (int i = 0; i < 3 * TreeSession.RESULTS_KEPT; i++) {
            trees.tree.apply(
                    new Command.Commit(one, trees.nextId(), List.of(), List.of(put("/n", "x")), Set.of(doubtful)),
                    trees.changes);
        }
        assertThat(trees.tree.sessions.get(one).results)
                .hasSize(TreeSession.RESULTS_KEPT)
                .containsKey(doubtful);
        assertThat(trees.commit(one, doubtful, List.of(), persistent("/n"))).isInstanceOf(Reply.Committed.class);
    }

    @Test
    void changesNameTheNodeAndEachDirectoryWhoseNamesChange() {
        trees.applied(one, persistent("/a/b/c"));
        assertThat(trees.changed()).containsExactly("CREATED /a/b/c", "CHILDREN /a/b", "CHILDREN /a", "CHILDREN /");
        trees.applied(one, persistent("/a/b/d"), put("/a/b/d", "x"));
        assertThat(trees.changed()).containsExactly("CREATED /a/b/d", "CHILDREN /a/b", "CHANGED /a/b/d");
        trees.applied(one, delete("/a/b/c"), delete("/a/b/d"));
        assertThat(trees.changed())
                .containsExactly(
                        "DELETED /a/b/c",
                        "CHILDREN /a/b",
                        "DELETED /a/b/d",
                        "CHILDREN /a/b",
                        "CHILDREN /a",
                        "CHILDREN /");
    }
}
