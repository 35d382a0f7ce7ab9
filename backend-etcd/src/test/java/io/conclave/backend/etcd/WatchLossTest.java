package io.conclave.backend.etcd;

import static io.conclave.backend.etcd.Fixture.await;
import static io.conclave.backend.etcd.Fixture.make;
import static io.conclave.backend.etcd.Fixture.put;
import static io.conclave.backend.etcd.Fixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.etcd.testing.Await;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.GrpcFaultProxy;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams that break where clients lose changes: every change is told, or "read again" is. The long version: {@code -Dconclave.watchBreaks=200}. */
class WatchLossTest {
    private static final int ROUNDS = Integer.getInteger("conclave.watchBreaks", 20);
    private static final int CHANGES = 7;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static EtcdServers servers;

    private GrpcFaultProxy proxy;
    private Backend watching;
    private Backend writing;
    private Session watcher;
    private Session writer;

    /** What was told, in order: {@code kind revision}, or {@code resync}. */
    private static final class Log implements WatchListener {
        private final List<String> told = new CopyOnWriteArrayList<>();
        private volatile long latest;

        @Override
        public void onChange(Kind kind, NodePath path, long revision) {
            told.add(kind + " " + revision);
            latest = revision;
        }

        @Override
        public void onResync(long revision) {
            told.add("resync");
            latest = revision;
        }

        @Override
        public void onEnd(BackendException why) {
            told.add("end " + why);
        }
    }

    @BeforeAll
    static void startServer() {
        servers = EtcdServers.one();
    }

    @AfterAll
    static void stopServer() {
        servers.close();
    }

    @BeforeEach
    void connect() {
        proxy = GrpcFaultProxy.before(servers.clientPort(0));
        watching = Fixture.backend("etcd://" + proxy.host() + "/watched");
        writing = Fixture.backend("etcd://127.0.0.1:" + servers.clientPort(0) + "/watched");
        watcher = Fixture.session(watching);
        writer = Fixture.session(writing);
    }

    @AfterEach
    void close() {
        await(watching.closeAsync());
        await(writing.closeAsync());
        proxy.close();
    }

    private List<Long> changes(String path) {
        List<Long> revisions = new ArrayList<>();
        for (int i = 1; i <= CHANGES; i++) {
            revisions.add(write(writer, put(path, "v" + i)).revision().orElseThrow());
        }
        return revisions;
    }

    private static void assertToldAll(Log log, List<Long> revisions) {
        long last = revisions.get(revisions.size() - 1);
        Await.until("the last change", LIMIT, () -> log.latest >= last);
        List<String> all =
                revisions.stream().map(revision -> "CHANGED " + revision).toList();
        if (!log.told.contains("resync")) {
            assertThat(log.told).containsExactlyElementsOf(all);
        }
    }

    /** The case that jetcd loses: its cursor is where the store is when the watch is confirmed, not where the watch began. */
    @Test
    void aStreamThatBreaksRightAfterItsConfirmationLosesNothing() {
        for (int round = 0; round < ROUNDS; round++) {
            String path = "/confirmed" + round;
            write(writer, make(path, "v0"));
            proxy.breakWatchAfterCreated(round % 2 == 0 ? Status.UNAVAILABLE : Status.OK);
            Log log = new Log();
            Watch watch = watcher.watch(WatchSpec.node(NodePath.of(path)), log);
            await(watch.active());

            List<Long> revisions = changes(path);

            assertToldAll(log, revisions);
            watch.cancel();
        }
    }

    @Test
    void twoBreaksInARowLoseNothing() {
        for (int round = 0; round < ROUNDS; round++) {
            String path = "/twice" + round;
            write(writer, make(path, "v0"));
            Log log = new Log();
            Watch watch = watcher.watch(WatchSpec.subtree(NodePath.of("/")), log);
            await(watch.active());
            proxy.breakWatches(2);

            List<Long> revisions = changes(path);

            long last = revisions.get(CHANGES - 1);
            Await.until("the last change", LIMIT, () -> log.latest >= last);
            List<String> all =
                    revisions.stream().map(revision -> "CHANGED " + revision).toList();
            assertThat(log.told.contains("resync") || log.told.containsAll(all))
                    .as("%s", log.told)
                    .isTrue();
            watch.cancel();
        }
    }

    @Test
    void aCompactionWhileDisconnectedIsToldAsAResync() {
        write(writer, make("/compacted", "v0"));
        Log log = new Log();
        await(watcher.watch(WatchSpec.node(NodePath.of("/compacted")), log).active());
        proxy.refuse();
        List<Long> revisions = changes("/compacted");
        servers.admin(0).compact(revisions.get(CHANGES - 1));
        proxy.accept();

        Await.until("a resync", LIMIT, () -> log.told.contains("resync"));
        long later = write(writer, put("/compacted", "later")).revision().orElseThrow();
        Await.until("the next change", LIMIT, () -> log.latest >= later);
        assertThat(log.told).containsExactly("resync", "CHANGED " + later);
    }

    @Test
    void aServerThatWasFrozenTellsWhatCameAfterIt() {
        write(writer, make("/frozen", "v0"));
        Log log = new Log();
        await(watcher.watch(WatchSpec.node(NodePath.of("/frozen")), log).active());
        servers.freeze(0);
        Await.until("the session notices", LIMIT, () -> watcher.state() != io.conclave.spi.SessionState.ACTIVE);
        servers.resume(0);
        servers.awaitServing();
        try (Closing again = new Closing(Fixture.backend("etcd://127.0.0.1:" + servers.clientPort(0) + "/watched"))) {
            Session fresh = Fixture.session(again.backend());
            long last = write(fresh, put("/frozen", "after")).revision().orElseThrow();
            Await.until(
                    "the change, or the end of the session",
                    LIMIT,
                    () -> log.latest >= last || log.told.toString().contains("end"));
        }
    }

    private record Closing(Backend backend) implements AutoCloseable {
        @Override
        public void close() {
            await(backend.closeAsync());
        }
    }
}
