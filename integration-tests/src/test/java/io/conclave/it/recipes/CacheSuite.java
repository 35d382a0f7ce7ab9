package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.cache.TreeCache;
import io.conclave.cache.TreeCacheListener;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link TreeCache} does on every store. */
abstract class CacheSuite extends RecipeSuite {
    private Conclave reader;
    private Conclave writer;

    CacheSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        reader = world.client();
        writer = world.client();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private CommitResult.Applied commit(Write... writes) throws Exception {
        return (CommitResult.Applied) world.get(world.background(
                () -> writer.nodes().commit(parts -> List.of(writes).forEach(parts::write))));
    }

    private static Write make(String path, String data) {
        return Write.create(NodePath.of(path), Payload.utf8(data), CreateMode.PERSISTENT);
    }

    private static Write put(String path, String data) {
        return Write.put(NodePath.of(path), Payload.utf8(data));
    }

    private static Write delete(String path) {
        return Write.delete(NodePath.of(path));
    }

    /** Builds a map from what it is told alone, and keeps the order. */
    private static final class Heard implements TreeCacheListener {
        private final Map<String, Node> built = new ConcurrentSkipListMap<>();
        private final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public void onCreated(Node now) {
            calls.add("+" + now.path());
            assertThat(built.put(now.path().toString(), now)).isNull();
        }

        @Override
        public void onChanged(Node before, Node now) {
            calls.add("~" + now.path());
            assertThat(built.put(now.path().toString(), now)).isEqualTo(before);
        }

        @Override
        public void onRemoved(Node before) {
            calls.add("-" + before.path());
            assertThat(built.remove(before.path().toString())).isEqualTo(before);
        }

        @Override
        public void onResynced() {
            calls.add("resynced");
        }

        @Override
        public void onInitialised() {
            calls.add("initialised");
        }
    }

    private TreeCache start(TreeCache cache, Heard heard) throws Exception {
        cache.addListener(heard);
        cache.start();
        world.await("the cache is initialised", cache::isInitialised);
        return cache;
    }

    private List<Node> stored(String root) throws Exception {
        return world.nodes().stream()
                .filter(node -> node.path().startsWith(NodePath.of(root)))
                .toList();
    }

    private static Map<String, Long> versions(List<Node> nodes) {
        Map<String, Long> versions = new TreeMap<>();
        nodes.forEach(node -> versions.put(
                node.path() + "=" + node.data().asUtf8(),
                node.modifiedRevision().orElseThrow()));
        return versions;
    }

    private void awaitEqual(TreeCache cache, Heard heard, String root) throws Exception {
        world.await(
                "the cache is equal to the store",
                () -> versions(cache.subtree(root)).equals(versions(stored(root))));
        world.await(
                "the listener has heard it",
                () -> versions(List.copyOf(heard.built.values())).equals(versions(stored(root))));
    }

    @Test // K1, K2, K3
    void theCacheFollowsTheTreeAndTellsEachChangeWithBothValues() throws Exception {
        commit(make("/cfg", "root"), make("/cfg/a", "1"), make("/cfg/a/b", "2"), make("/cfg-other", "x"));
        Heard heard = new Heard();
        TreeCache cache = start(TreeCache.of(reader, "/cfg"), heard);
        world.await("all was told", () -> heard.calls.size() == 4);
        assertThat(heard.calls).containsExactly("+/cfg", "+/cfg/a", "+/cfg/a/b", "initialised");
        assertThat(cache.get("/cfg").orElseThrow().data().asUtf8()).isEqualTo("root");
        assertThat(cache.children("/cfg")).containsExactly("a");
        assertThat(cache.size()).isEqualTo(3);

        commit(put("/cfg", "root2"), delete("/cfg/a"), make("/cfg/d/e", "3"), put("/cfg-other", "y"));

        awaitEqual(cache, heard, "/cfg");
        assertThat(heard.calls.subList(4, 7)).containsExactlyInAnyOrder("~/cfg", "-/cfg/a", "+/cfg/d/e");
        assertThat(cache.children("/cfg")).containsExactly("a", "d");
        assertThat(cache.get("/cfg/d")).isEmpty();
        assertThat(cache.getAll(List.of("/cfg", "/cfg/a", "/cfg/d/e")).keySet()).containsExactly("/cfg", "/cfg/d/e");
        cache.close();
        commit(put("/cfg/d/e", "4"));
        world.pass(Duration.ofMillis(100));
        assertThat(cache.get("/cfg/d/e").orElseThrow().data().asUtf8()).isEqualTo("3");
    }

    @Test // T42, K4
    void initialisedIsToldOnceAlsoForAMissingRootAndAfterAReconnect() throws Exception {
        Heard heard = new Heard();
        TreeCache cache = start(TreeCache.of(reader, "/none/there"), heard);
        assertThat(cache.size()).isZero();
        world.expire(reader);
        commit(make("/none/there", "now"));
        awaitEqual(cache, heard, "/none/there");
        Heard late = new Heard();
        cache.addListener(late);
        world.await("the late one is told", () -> !late.calls.isEmpty());
        assertThat(late.calls).containsExactly("initialised");
        commit(delete("/none/there"));
        world.await("the cache is empty", () -> cache.size() == 0);
        assertThat(heard.calls).containsOnlyOnce("initialised").contains("resynced", "+/none/there");
    }

    @Test // T40, T41, K5
    void whatWasDeletedAndMadeAgainDuringACutWithTheSameVersionIsSeen() throws Exception {
        commit(make("/cfg/same", "1"), make("/cfg/d/x", "1"), make("/cfg/stays", "1"));
        Heard heard = new Heard();
        TreeCache cache = start(TreeCache.of(reader, "/cfg"), heard);
        awaitEqual(cache, heard, "/cfg");
        Node before = cache.get("/cfg/same").orElseThrow();
        int told = heard.calls.size();

        world.cut(reader);
        commit(delete("/cfg/same"), delete("/cfg/d/x"));
        commit(make("/cfg/same", "1"), make("/cfg/d/y", "1"));
        world.heal(reader);

        awaitEqual(cache, heard, "/cfg");
        Node after = cache.get("/cfg/same").orElseThrow();
        assertThat(after.version()).isEqualTo(before.version());
        assertThat(after.modifiedRevision().orElseThrow())
                .isGreaterThan(before.modifiedRevision().orElseThrow());
        List<String> since = heard.calls.subList(told, heard.calls.size());
        assertThat(since).contains("-/cfg/d/x", "+/cfg/d/y").doesNotContain("~/cfg/stays");
        assertThat(since.contains("~/cfg/same") || since.containsAll(List.of("-/cfg/same", "+/cfg/same")))
                .isTrue();
    }

    @Test // K6
    void aDepthCutsTheTree() throws Exception {
        commit(make("/t/a", "1"), make("/t/a/b", "2"), make("/t/a/b/c", "3"), make("/t/d/e/f", "4"));
        Heard heard = new Heard();
        TreeCache two = start(TreeCache.builder(reader, "/t").depth(2).build(), heard);
        TreeCache none = start(TreeCache.builder(reader, "/t/a").depth(0).build(), new Heard());
        assertThat(heard.built.keySet()).containsExactly("/t/a", "/t/a/b");
        commit(put("/t/a/b/c", "5"), put("/t/a", "6"), make("/t/d/e", "7"));
        world.await("the change is there", () -> heard.built.containsKey("/t/d/e"));
        assertThat(heard.built.keySet()).containsExactly("/t/a", "/t/a/b", "/t/d/e");
        world.await(
                "the other one, too",
                () -> none.get("/t/a").orElseThrow().data().asUtf8().equals("6"));
        assertThat(none.size()).isEqualTo(1);
        assertThat(two.size()).isEqualTo(3);
    }

    @Test // K7, M13
    void afterAwaitRevisionTheCacheIncludesTheCommit() throws Exception {
        Heard heard = new Heard();
        TreeCache cache = start(TreeCache.of(reader, "/cfg"), heard);
        for (int i = 0; i < 5; i++) {
            CommitResult.Applied applied =
                    commit(make("/cfg/a" + i, "1"), make("/cfg/b/" + i, "2"), make("/away/" + i, "3"));
            world.get(cache.revisionReached(applied.revision().orElseThrow()));
            assertThat(cache.get("/cfg/a" + i)).isPresent();
            assertThat(cache.get("/cfg/b/" + i)).isPresent();
        }
        CommitResult.Applied elsewhere = commit(make("/away/last", ""));
        world.get(cache.revisionReached(elsewhere.revision().orElseThrow()));
        cache.close();
        assertThatThrownBy(() -> world.get(cache.revisionReached(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test // K8
    void aTreeOfTooManyNodesEndsTheCacheWithAnError() throws Exception {
        commit(make("/t/a", ""), make("/t/b", ""), make("/t/c", ""));
        TreeCache cache = TreeCache.builder(reader, "/t").nodesMax(2).build();
        cache.start();
        world.await("it has failed", () -> cache.failure().isPresent());
        assertThatThrownBy(() -> cache.get("/t/a"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more than 2 nodes");
    }

    @Test // M13: random changes while the session is cut, expired and lost
    void aListenersMapEqualsTheStoreAfterRandomChangesAndCuts() throws Exception {
        long seed = Long.getLong("conclave.seed", new Random().nextLong());
        Random random = new Random(seed);
        Heard heard = new Heard();
        TreeCache cache = start(TreeCache.of(reader, "/t"), heard);
        try {
            for (int round = 0; round < 4; round++) {
                if (round == 1 || round == 3) {
                    world.cut(reader);
                }
                for (int i = 0; i < 40; i++) {
                    String path = "/t/" + random.nextInt(4) + (random.nextBoolean() ? "" : "/" + random.nextInt(4));
                    world.get(world.background(() -> change(random.nextInt(3), path)));
                }
                if (round == 2) {
                    world.expire(reader);
                }
                world.heal(reader);
            }
            awaitEqual(cache, heard, "/t");
        } catch (Throwable failure) {
            throw new AssertionError("with -Dconclave.seed=" + seed, failure);
        }
    }

    private boolean change(int kind, String path) throws InterruptedException {
        if (kind == 0) {
            return writer.nodes().delete(path);
        }
        writer.nodes().set(path, bytes("x" + kind));
        return true;
    }
}
