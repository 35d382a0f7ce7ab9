package io.conclave.tck;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A level-triggered copy of a namespace: reads everything again whenever its watch tells something. The answer of the read that was
 * called last counts; calls and completions of one session come one at a time.
 */
final class Mirror {
    private static final Query ALL = Query.subtree(NodePath.root(), 100_000);

    private final Lab lab;
    private final Client client;
    private final AtomicLong called = new AtomicLong();
    private final AtomicReference<@Nullable List<Node>> copy = new AtomicReference<>();

    private Mirror(Lab lab, Client client) {
        this.lab = lab;
        this.client = client;
    }

    static Mirror start(Lab lab, Client client) {
        Mirror mirror = new Mirror(lab, client);
        client.watch(WatchSpec.subtree(NodePath.root()), call -> mirror.refresh(call));
        mirror.read();
        return mirror;
    }

    private void refresh(WatchLog.Call call) {
        if (!call.isEnd()) {
            read();
        }
    }

    private void read() {
        long number = called.incrementAndGet();
        var unused = client.session()
                .read(List.of(ALL), ReadLevel.OWN_WRITES, lab.deadline())
                .thenAccept(views -> take(number, views));
    }

    private void take(long number, List<View> views) {
        if (number == called.get()) {
            copy.set(Client.nodes(views.get(0)).nodes());
        }
    }

    /** Waits until the copy equals the store. */
    void assertEqualTo(List<Node> nodes) {
        lab.until(
                () -> nodes.equals(copy.get()),
                "the copy that follows its watch becoming equal to the store (" + nodes.size() + " nodes)");
    }
}
