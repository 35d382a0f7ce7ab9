package io.conclave.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.DelegatingBackend;
import io.conclave.DelegatingSession;
import io.conclave.ScriptedBackends;
import io.conclave.TestStore;
import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What bounds a cache: slow listeners, refused reads, large directories. */
final class TreeCacheLimitsTest {
    private final TestStore store = new TestStore();
    private final Deque<Runnable> held = new ArrayDeque<>();
    private Supplier<RuntimeException> failure;
    private int reads;

    @AfterEach
    void close() {
        failure = null;
        store.close();
    }

    private Conclave failing() {
        return store.connect(
                Conclave.builder(ScriptedBackends.urlOf(new DelegatingBackend(store.store.connect(), this::failing)))
                        .timekeeper(store.clock)
                        .executor(Runnable::run));
    }

    private Session failing(Session session) {
        return new DelegatingSession(session) {
            @Override
            public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
                reads++;
                return failure == null
                        ? super.read(queries, level, deadlineNanos)
                        : CompletableFuture.failedFuture(failure.get());
            }
        };
    }

    private void make(int from, int to) {
        for (int i = from; i < to; i += 100) {
            List<Write> writes = new ArrayList<>();
            for (int j = i; j < Math.min(to, i + 100); j++) {
                writes.add(Write.create(NodePath.of("/t/n" + j), Payload.empty(), CreateMode.PERSISTENT));
            }
            store.write(writes.toArray(Write[]::new));
        }
    }

    /** K9: what waits for a listener is bounded, and the gap is told. Reading the cache then gives what the listener missed. */
    @Test
    void aSlowListenerIsToldOfTheGapInsteadOfTheChangesItMissed() {
        Conclave client = store.connect(Conclave.builder(store.url()).executor(held::add));
        TreeMap<String, Node> built = new TreeMap<>();
        List<String> calls = new ArrayList<>();
        TreeCache cache = TreeCache.of(client, "/t");
        cache.addListener(new TreeCacheListener() {
            @Override
            public void onCreated(Node now) {
                calls.add("created");
                built.put(now.path().toString(), now);
            }

            @Override
            public void onResynced() {
                calls.add("resynced");
                built.clear();
                cache.subtree("/t").forEach(node -> built.put(node.path().toString(), node));
            }
        });
        cache.start();
        make(0, 30_000);
        assertThat(cache.size()).isEqualTo(30_000);
        assertThat(calls).isEmpty();

        while (!held.isEmpty()) {
            held.remove().run();
        }

        assertThat(calls.stream().filter("created"::equals).count()).isBetween(1_000L, 20_000L);
        assertThat(calls).containsOnlyOnce("resynced");
        assertThat(built).hasSize(30_000);
        make(30_000, 30_100);
        while (!held.isEmpty()) {
            held.remove().run();
        }
        assertThat(built).hasSize(30_100);
    }

    /** T42: more children in one directory than fit into 16 bits, read in pages. */
    @Test
    void aDirectoryOfSeventyThousandIsReadInPages() {
        make(0, 70_000);
        Conclave client = failing();
        reads = 0;
        TreeCache cache = TreeCache.of(client, "/t");
        cache.start();
        assertThat(cache.isInitialised()).isTrue();
        assertThat(cache.size()).isEqualTo(70_000);
        assertThat(cache.children("/t")).hasSize(70_000);
        assertThat(reads).isBetween(2, 7);
    }

    @Test
    void aRefusedReadIsToldOnceAndAskedEverMoreRarely() {
        Conclave client = failing();
        failure = () -> new AccessDeniedException("no rights");
        List<String> calls = new ArrayList<>();
        TreeCache cache = TreeCache.of(client, "/t");
        cache.addListener(new TreeCacheListener() {
            @Override
            public void onFailure(Throwable why) {
                calls.add(why.getMessage());
            }

            @Override
            public void onInitialised() {
                calls.add("initialised");
            }
        });
        reads = 0;
        cache.start();
        store.advance(Duration.ofMinutes(5));
        assertThat(reads).isBetween(8, 16);
        assertThat(cache.failure()).isPresent();
        assertThat(cache.isCurrent()).isFalse();
        failure = null;
        store.advance(Duration.ofSeconds(31));
        assertThat(cache.failure()).isEmpty();
        assertThat(cache.isCurrent()).isTrue();
        assertThat(calls).containsExactly("no rights", "initialised");
    }

    @Test
    void failuresThatPassAreRetriedSoonAndNotTold() {
        Conclave client = failing();
        failure = () -> new UnavailableException("busy");
        TreeCache cache = TreeCache.of(client, "/t");
        cache.start();
        store.advance(Duration.ofSeconds(3));
        assertThat(cache.failure()).isEmpty();
        failure = null;
        store.advance(Duration.ofSeconds(2));
        assertThat(cache.isInitialised()).isTrue();
    }

    @Test
    void closedOrMisusedCachesSaySo() {
        Conclave client = failing();
        TreeCache cache = TreeCache.of(client, "/t");
        cache.start();
        assertThatThrownBy(cache::start).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> cache.revisionReached(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TreeCache.builder(client, "/t").depth(-1)).hasMessageContaining("depth -1");
        assertThatThrownBy(() -> TreeCache.builder(client, "/t").nodesMax(0)).hasMessageContaining("0 nodes");
        assertThatThrownBy(() -> TreeCache.of(client, "t")).hasMessageContaining("not absolute");
        cache.close();
        cache.close();
        assertThatThrownBy(() -> cache.awaitRevision(5, Duration.ofSeconds(1)))
                .isInstanceOf(IllegalStateException.class);
        TreeCache never = TreeCache.of(client, "/t");
        client.close();
        assertThatThrownBy(() -> never.awaitInitialised(Duration.ofSeconds(1))).isInstanceOf(RuntimeException.class);
    }
}
