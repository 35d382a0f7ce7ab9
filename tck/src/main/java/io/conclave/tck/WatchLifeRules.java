package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionState;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** W4, W5, W8: cuts, cancellation, the end, slowness. */
final class WatchLifeRules {
    private WatchLifeRules() {}

    static Chapter chapter() {
        return new Chapter("Lives of watches")
                .check("W4", "a change during a cut is told afterwards", WatchLifeRules::toldAfterCut)
                .check("W4", "a watch works on after a cut", WatchLifeRules::worksAfterCut)
                .check("W5", "no call follows a cancellation", WatchLifeRules::cancelled)
                .check("W5", "the end of the session is the last call", WatchLifeRules::endOnClose)
                .check("W5", "the loss of the session is the last call", WatchLifeRules::endOnLoss)
                .check("W5", "own changes are told like others'", WatchLifeRules::ownChanges)
                .check("W8", "a slow listener delays no other session", WatchLifeRules::slowListener)
                .check("W8", "many changes at once are told or resynced", WatchLifeRules::manyAtOnce);
    }

    private static void toldAfterCut(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        watcher.session().keepFresh(true);
        other.create("/d/n", "");
        List<WatchLog> logs = List.of(
                watcher.watch(WatchSpec.node(Lab.at("/d/n"))),
                watcher.watch(WatchSpec.gone(Lab.at("/d/n"), 0)),
                watcher.watch(WatchSpec.children(Lab.at("/d"))),
                watcher.watch(WatchSpec.subtree(Lab.at("/d"))));
        lab.settle();
        List<Integer> before = logs.stream().map(WatchLog::size).toList();
        lab.cut(watcher);
        other.delete("/d/n");
        lab.pass(lab.ttl().dividedBy(5));
        lab.heal(watcher);
        for (int i = 0; i < logs.size(); i++) {
            WatchLog log = logs.get(i);
            int since = before.get(i);
            lab.until(() -> log.size() > since, "watch " + i + " telling of a change during the cut");
            assertFalse(log.ended(), "watch " + i + " ended by a short cut");
        }
    }

    private static void worksAfterCut(Lab lab) {
        Client watcher = lab.client();
        Client other = lab.client();
        watcher.session().keepFresh(true);
        WatchLog node = watcher.watch(WatchSpec.node(Lab.at("/d/n")));
        WatchLog children = watcher.watch(WatchSpec.children(Lab.at("/d")));
        lab.cut(watcher);
        lab.pass(lab.ttl().dividedBy(5));
        lab.heal(watcher);
        lab.until(() -> watcher.session().state() == SessionState.ACTIVE, "ACTIVE after a short cut");
        watcher.get("/d/n");
        lab.pass(lab.ttl().dividedBy(5));
        int nodeCalls = node.size();
        int childrenCalls = children.size();
        other.create("/d/n", "");
        watcher.assertTold(node, nodeCalls, Kind.CREATED, "/d/n");
        watcher.assertTold(children, childrenCalls, Kind.CHILDREN, "/d");
    }

    private static void cancelled(Lab lab) {
        Client client = lab.client();
        AtomicBoolean cancelled = new AtomicBoolean();
        AtomicBoolean calledAfter = new AtomicBoolean();
        List<WatchLog> logs = new ArrayList<>();
        WatchLog watched = client.watch(WatchSpec.subtree(Lab.at("/d")), call -> {
            if (cancelled.get()) {
                calledAfter.set(true);
            } else if (!logs.isEmpty()) {
                logs.get(0).watch().cancel();
                logs.get(0).watch().cancel();
                cancelled.set(true);
            }
        });
        logs.add(watched);
        Client other = lab.client();
        for (int i = 0; i < 5; i++) {
            other.create("/d/n" + i, "");
            client.create("/d/own" + i, "");
        }
        lab.until(cancelled::get, "the first change being told");
        lab.await(client.session().closeAsync(), "closeAsync");
        lab.pass(lab.ttl().dividedBy(10));
        assertFalse(calledAfter.get(), "called after cancel: " + watched.calls());
    }

    private static void assertEnd(Class<? extends BackendException> type, WatchLog log) {
        List<WatchLog.Call> calls = log.calls();
        assertEquals(1, calls.stream().filter(WatchLog.Call::isEnd).count(), "ends told");
        WatchLog.Call last = calls.get(calls.size() - 1);
        assertInstanceOf(type, last.end(), "the last call");
    }

    private static void endOnClose(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        List<WatchLog> logs = List.of(
                client.watch(WatchSpec.node(Lab.at("/n"))),
                client.watch(WatchSpec.children(Lab.at("/d"))),
                client.watch(WatchSpec.subtree(Lab.at("/d"))));
        client.ephemeral("/n");
        client.ephemeral("/d/n");
        lab.await(client.session().closeAsync(), "closeAsync");
        lab.until(() -> logs.stream().allMatch(WatchLog::ended), "the end of every watch");
        other.create("/d/later", "");
        lab.pass(lab.ttl().dividedBy(10));
        logs.forEach(log -> assertEnd(BackendClosedException.class, log));
    }

    private static void endOnLoss(Lab lab) {
        Client client = lab.client();
        WatchLog log = client.watch(WatchSpec.node(Lab.at("/n")));
        client.ephemeral("/n");
        lab.expire(client);
        lab.until(log::ended, "the end of the watch");
        lab.pass(lab.ttl().dividedBy(10));
        assertEnd(SessionLostException.class, log);
    }

    private static void ownChanges(Lab lab) {
        Client client = lab.client();
        WatchLog node = client.watch(WatchSpec.node(Lab.at("/d/n")));
        WatchLog children = client.watch(WatchSpec.children(Lab.at("/d")));
        client.create("/d/n", "");
        client.assertTold(node, 0, Kind.CREATED, "/d/n");
        client.assertTold(children, 0, Kind.CHILDREN, "/d");
        int before = node.size();
        client.put("/d/n", "x");
        client.assertTold(node, before, Kind.CHANGED, "/d/n");
    }

    private static void slowListener(Lab lab) {
        lab.need(!lab.virtualTime(), "with virtual time the kit's own thread runs the listeners");
        Client slow = lab.client();
        Client quick = lab.client();
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        WatchLog log = slow.watch(WatchSpec.subtree(Lab.at("/d")), call -> {
            entered.countDown();
            waitFor(released);
        });
        try {
            CompletionStage<CommitResult> first = quick.session()
                    .commit(quick.commit().write(create("/d/first")).build());
            lab.until(() -> entered.getCount() == 0, "the slow listener being called");
            lab.await(first, "the commit that the slow listener hears of");
            for (int i = 0; i < 50; i++) {
                quick.create("/d/n" + i, "");
            }
            quick.read(ReadLevel.LINEARIZABLE, Query.children(Lab.at("/d")));
            assertEquals(1, log.size(), "calls while the listener is busy");
            assertEquals(1, released.getCount(), "the listener is still busy");
        } finally {
            released.countDown();
        }
        slow.assertTold(log, 1, Kind.CREATED, "/d/n49");
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Lab.text(""), CreateMode.PERSISTENT);
    }

    private static void waitFor(CountDownLatch latch) {
        try {
            assertTrue(latch.await(30, TimeUnit.SECONDS), "the listener was not released");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void manyAtOnce(Lab lab) {
        Client watcher = lab.client();
        Client writer = lab.client();
        WatchLog log = watcher.watch(WatchSpec.subtree(Lab.at("/d")));
        List<CompletionStage<CommitResult>> running = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            running.add(writer.session()
                    .commit(writer.commit().write(create("/d/n" + i)).build()));
        }
        running.forEach(stage -> lab.await(stage, "commit"));
        for (int i = 0; i < 300; i += 7) {
            watcher.assertTold(log, 0, Kind.CREATED, "/d/n" + i);
        }
    }
}
