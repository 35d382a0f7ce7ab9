package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** W1, W2, W3, W6, W7: what watches tell. */
final class WatchRules {
    private WatchRules() {}

    static Chapter chapter() {
        return new Chapter("Watches")
                .check("W1", "every change of a node is told", WatchRules::nodeChanges)
                .check("W1", "every change of a directory's children is told", WatchRules::childrenChanges)
                .check("W1", "every change in a subtree is told", WatchRules::subtreeChanges)
                .check("W1", "the end of a session is told", WatchRules::sessionEnd)
                .check("W1", "deleting a node with children is told", WatchRules::deletedParent)
                .check("W1", "turning a directory into a node is told", WatchRules::directoryBecomesNode)
                .check("W1", "changes between the named revision and activation are told", WatchRules::afterRevision)
                .check("W1", "only the wanted kinds are told", WatchRules::wantedKinds)
                .check("W2", "the end of an absent node is told at once", WatchRules::goneAtOnce)
                .check("W2", "the end of a present node is told when it comes", WatchRules::goneLater)
                .check("W3", "revisions of a watch never decrease", WatchRules::revisionsNeverDecrease)
                .check("W3", "a read from the listener sees the change", WatchRules::readFromListener)
                .check("W6", "an event comes before the reply that shows it", WatchRules::eventBeforeReply)
                .check("W7", "every change is told once, in order", WatchRules::exactHistory)
                .check("W9", "every change of a node is told as a touch", WatchRules::touches);
    }

    private static void nodeChanges(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        WatchLog log = watcher.watch(WatchSpec.node(Lab.at("/d/n")));
        for (int round = 0; round < 5; round++) {
            int start = log.size();
            other.create("/d/n", "");
            watcher.assertTold(log, start, Kind.CREATED, "/d/n");
            for (int i = 0; i < 3; i++) {
                int before = log.size();
                other.put("/d/n", "" + i);
                watcher.assertTold(log, before, Kind.CHANGED, "/d/n");
            }
            int end = log.size();
            other.delete("/d/n");
            watcher.assertTold(log, end, Kind.DELETED, "/d/n");
        }
    }

    private static void touches(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        other.create("/d/dir/below", "");
        WatchLog below = watcher.watch(WatchSpec.touchesBelow(Lab.at("/d")));
        WatchLog node = watcher.watch(WatchSpec.touches(Lab.at("/d/n")));
        List<Runnable> changes = List.of(
                () -> other.create("/d/n", ""),
                () -> other.put("/d/n", "1"),
                () -> other.put("/d/n", "2"),
                () -> other.delete("/d/n"));
        for (Runnable change : changes) {
            int before = below.size();
            int beforeAtNode = node.size();
            change.run();
            watcher.assertTold(below, before, Kind.TOUCHED, "/d/n");
            watcher.assertTold(node, beforeAtNode, Kind.TOUCHED, "/d/n");
        }
        for (Runnable change : List.<Runnable>of(
                () -> other.create("/d/dir", "now a node"),
                () -> other.put("/d/dir", "put"),
                () -> other.delete("/d/dir"))) {
            int before = below.size();
            change.run();
            watcher.assertTold(below, before, Kind.TOUCHED, "/d/dir");
        }
        for (WatchLog.Call call : below.calls()) {
            assertTrue(call.kind() == null || call.kind() == Kind.TOUCHED, "another kind: " + call.kind());
        }
    }

    private static void childrenChanges(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        WatchLog log = watcher.watch(WatchSpec.children(Lab.at("/d")));
        List<Runnable> changes = List.of(
                () -> other.create("/d/a", ""),
                () -> other.create("/d/b", "", CreateMode.EPHEMERAL),
                () -> other.contend("/d"),
                () -> other.delete("/d/a"),
                () -> other.create("/d/c/below", ""),
                () -> other.delete("/d/b"));
        for (Runnable change : changes) {
            int before = log.size();
            change.run();
            watcher.assertTold(log, before, Kind.CHILDREN, "/d");
        }
    }

    private static void subtreeChanges(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        WatchLog log = watcher.watch(WatchSpec.subtree(Lab.at("/d")));
        for (String path : List.of("/d/a", "/d/a/b", "/d/x/y/z")) {
            int before = log.size();
            other.create(path, "");
            watcher.assertTold(log, before, Kind.CREATED, path);
        }
        int put = log.size();
        other.put("/d/a/b", "x");
        watcher.assertTold(log, put, Kind.CHANGED, "/d/a/b");
        int contended = log.size();
        NodePath contender = other.contend("/d/q").path();
        watcher.assertTold(log, contended, Kind.CREATED, contender.toString());
        for (String path : List.of("/d/x/y/z", "/d/a/b", "/d/a")) {
            int before = log.size();
            other.delete(path);
            watcher.assertTold(log, before, Kind.DELETED, path);
        }
    }

    private static void sessionEnd(Lab lab) {
        Client watcher = lab.client();
        Client ending = lab.client();
        ending.ephemeral("/d/e");
        NodePath contender = ending.contend("/q").path();
        WatchLog node = watcher.watch(WatchSpec.node(Lab.at("/d/e")));
        WatchLog gone = watcher.watch(WatchSpec.gone(contender, 0));
        WatchLog children = watcher.watch(WatchSpec.children(Lab.at("/q")));
        WatchLog subtree = watcher.watch(WatchSpec.subtree(Lab.at("/d")));
        lab.await(ending.session().closeAsync(), "closeAsync");
        watcher.assertTold(node, 0, Kind.DELETED, "/d/e");
        watcher.assertTold(gone, 0, Kind.DELETED, contender.toString());
        watcher.assertTold(children, 0, Kind.CHILDREN, "/q");
        watcher.assertTold(subtree, 0, Kind.DELETED, "/d/e");
    }

    private static void deletedParent(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        other.create("/p", "");
        other.create("/p/c", "");
        WatchLog node = watcher.watch(WatchSpec.node(Lab.at("/p")));
        WatchLog gone = watcher.watch(WatchSpec.gone(Lab.at("/p"), 0));
        other.delete("/p");
        watcher.assertTold(node, 0, Kind.DELETED, "/p");
        watcher.assertTold(gone, 0, Kind.DELETED, "/p");
    }

    private static void directoryBecomesNode(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        other.create("/p/c", "");
        WatchLog node = watcher.watch(WatchSpec.node(Lab.at("/p")));
        other.create("/p", "now a node");
        watcher.assertTold(node, 0, Kind.CREATED, "/p");
    }

    private static void afterRevision(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        CommitResult.Applied made = other.write(Write.create(Lab.at("/d/n"), Payload.empty(), CreateMode.PERSISTENT));
        long revision = made.revision().orElseThrow();
        other.put("/d/n", "missed");
        Set<Kind> all = Set.of(Kind.CREATED, Kind.CHANGED, Kind.DELETED);
        WatchLog node = watcher.watch(new WatchSpec(new WatchSpec.OfNode(Lab.at("/d/n")), revision, all));
        watcher.assertTold(node, 0, Kind.CHANGED, "/d/n");
        WatchLog subtree = watcher.watch(new WatchSpec(new WatchSpec.SubtreeOf(Lab.at("/d")), revision, all));
        watcher.assertTold(subtree, 0, Kind.CHANGED, "/d/n");
        other.create("/d/missed", "");
        WatchLog children =
                watcher.watch(new WatchSpec(new WatchSpec.ChildrenOf(Lab.at("/d")), revision, Set.of(Kind.CHILDREN)));
        watcher.assertTold(children, 0, Kind.CHILDREN, "/d");
        other.delete("/d/n");
        WatchLog gone = watcher.watch(WatchSpec.gone(Lab.at("/d/n"), revision));
        watcher.assertTold(gone, 0, Kind.DELETED, "/d/n");
    }

    private static void wantedKinds(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        other.create("/d/n", "");
        WatchLog gone = watcher.watch(WatchSpec.gone(Lab.at("/d/n"), 0));
        WatchLog changed = watcher.watch(new WatchSpec(new WatchSpec.SubtreeOf(Lab.at("/d")), 0, Set.of(Kind.CHANGED)));
        other.put("/d/n", "x");
        watcher.assertTold(changed, 0, Kind.CHANGED, "/d/n");
        other.delete("/d/n");
        watcher.assertTold(gone, 0, Kind.DELETED, "/d/n");
        for (WatchLog.Call call : gone.calls()) {
            assertTrue(call.isResync() || call.kind() == Kind.DELETED, "told by a watch for DELETED: " + call);
        }
        for (WatchLog.Call call : changed.calls()) {
            assertTrue(call.isResync() || call.kind() == Kind.CHANGED, "told by a watch for CHANGED: " + call);
        }
    }

    private static void goneAtOnce(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        NodePath contender = other.contend("/q").path();
        other.delete(contender);
        other.create("/p", "");
        other.create("/p/c", "");
        other.delete("/p");
        for (NodePath absent : List.of(Lab.at("/never"), contender, Lab.at("/p"), Lab.at("/never/below"))) {
            WatchLog log = watcher.startWatch(WatchSpec.gone(absent, 0), call -> {});
            lab.until(() -> log.heard(Kind.DELETED, absent), "the end of " + absent + ", which is absent, being told");
        }
    }

    private static void goneLater(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        NodePath contender = other.contend("/q").path();
        WatchLog log = watcher.watch(WatchSpec.gone(contender, 0));
        lab.settle();
        assertEquals(List.of(), log.calls(), "told while the node is there");
        other.delete(contender);
        watcher.assertTold(log, 0, Kind.DELETED, contender.toString());
    }

    private static void revisionsNeverDecrease(Lab lab) {
        Client watcher = lab.client();
        List<Client> others = List.of(lab.client(), lab.client());
        List<WatchLog> logs = List.of(
                watcher.watch(WatchSpec.subtree(Lab.at("/d"))),
                watcher.watch(WatchSpec.children(Lab.at("/d"))),
                watcher.watch(WatchSpec.node(Lab.at("/d/n"))));
        long last = 0;
        for (int i = 0; i < 8; i++) {
            last = others.get(i % 2)
                    .write(Write.create(Lab.at("/d/n"), Payload.empty(), CreateMode.PERSISTENT))
                    .revision()
                    .orElseThrow();
            others.get((i + 1) % 2).put("/d/n", "x");
            others.get(i % 2).delete("/d/n");
        }
        long after = others.get(0)
                .write(Write.create(Lab.at("/d/n"), Payload.empty(), CreateMode.PERSISTENT))
                .revision()
                .orElseThrow();
        assertTrue(after > last, "the last change has the largest revision");
        for (WatchLog log : logs) {
            lab.until(() -> log.size() > 0, "a change being told");
            lab.settle();
            long before = 0;
            for (WatchLog.Call call : log.calls()) {
                assertTrue(call.revision() >= before, "revision " + call.revision() + " told after " + before);
                assertTrue(call.revision() <= after, "revision " + call.revision() + " is of no change");
                before = call.revision();
            }
        }
    }

    private static void readFromListener(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        List<CompletionStage<List<View>>> reads = new CopyOnWriteArrayList<>();
        NodePath path = Lab.at("/d/n");
        WatchLog log = watcher.watch(
                WatchSpec.node(path),
                call -> reads.add(
                        watcher.session().read(List.of(Query.get(path)), ReadLevel.OWN_WRITES, lab.deadline())));
        int seen = 0;
        for (int i = 0; i < 10; i++) {
            String value = "value " + i;
            if (i == 0) {
                other.create("/d/n", value);
            } else {
                other.put("/d/n", value);
            }
            int before = seen;
            lab.until(() -> reads.size() > before, "the change to " + value + " being told");
            seen = reads.size();
            List<View> views = lab.await(reads.get(seen - 1), "read called from a listener");
            assertEquals(
                    value,
                    Client.node(views.get(0))
                            .orElseThrow(() -> new AssertionError("absent after " + log.calls()))
                            .data()
                            .asUtf8(),
                    "read called from the listener");
        }
    }

    private static void eventBeforeReply(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        lab.need(lab.capabilities().eventBeforeReply(), "events and replies are not ordered by this backend");
        WatchLog log = watcher.watch(WatchSpec.children(Lab.at("/d")));
        for (int i = 0; i < 10; i++) {
            int before = log.size();
            other.create("/d/n" + i, "");
            CompletionStage<Integer> heard = watcher.session()
                    .read(List.of(Query.get(Lab.at("/d/n" + i))), ReadLevel.LINEARIZABLE, lab.deadline())
                    .thenApply(views -> log.size());
            assertTrue(lab.await(heard, "read") > before, "a read showed a change before its event came");
            int own = log.size();
            CompletionStage<Integer> committed = watcher.session()
                    .commit(watcher.commit()
                            .write(Write.delete(Lab.at("/d/n" + i)))
                            .build())
                    .thenApply(result -> log.size());
            assertTrue(lab.await(committed, "commit") > own, "an own commit's reply came before its event");
        }
    }

    private static void exactHistory(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        lab.need(lab.capabilities().exactHistory(), "this backend may tell several changes as one");
        WatchLog log = watcher.watch(WatchSpec.node(Lab.at("/n")));
        WatchLog children = watcher.watch(WatchSpec.children(Lab.at("/d")));
        List<Kind> expected = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            other.create("/n", "");
            other.put("/n", "1");
            other.put("/n", "1");
            other.create("/d/n" + i, "");
            other.delete("/n");
            expected.addAll(List.of(Kind.CREATED, Kind.CHANGED, Kind.CHANGED, Kind.DELETED));
        }
        lab.until(() -> log.size() >= expected.size() || resynced(log), "all changes being told");
        lab.until(() -> children.size() >= 3 || resynced(children), "all new children being told");
        lab.pass(lab.ttl().dividedBy(10));
        lab.need(!resynced(log) && !resynced(children), "the watch was resynced on the way");
        assertEquals(expected, log.calls().stream().map(WatchLog.Call::kind).toList(), "changes told");
        assertEquals(3, children.size(), "changes of the children told");
    }

    private static boolean resynced(WatchLog log) {
        return log.calls().stream().anyMatch(WatchLog.Call::isResync);
    }
}
