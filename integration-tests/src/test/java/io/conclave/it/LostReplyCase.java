package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.it.support.Await;
import io.conclave.it.support.DirectClient;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Reply;
import io.conclave.it.support.Request;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.FencedLock;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.Stat;

/** One kind of commit whose reply is lost again and again: what is done, how others meddle, and what must be true afterwards. */
final class LostReplyCase implements AutoCloseable {
    private static final Duration WAIT = Duration.ofSeconds(30);

    enum Kind {
        CONTENDER_CREATE,
        CONTENDER_DELETE,
        GUARDED_CREATE,
        GUARDED_PUT,
        GUARDED_DELETE,
        PLAIN_CREATE,
        PLAIN_SEQUENTIAL_CREATE,
        PLAIN_COMPARE_AND_SET,
        PLAIN_DELETE;

        static Set<Kind> persistentWrites() {
            return EnumSet.complementOf(EnumSet.of(CONTENDER_CREATE, CONTENDER_DELETE));
        }

        boolean isGuarded() {
            return name().startsWith("GUARDED");
        }

        boolean startsFromANode() {
            return this == GUARDED_PUT
                    || this == GUARDED_DELETE
                    || this == PLAIN_COMPARE_AND_SET
                    || this == PLAIN_DELETE;
        }
    }

    /** What the loser was told. */
    private record Told(Object answer, FencedGrant grant) {}

    private final Kind kind;
    private final FaultProxy proxy;
    private final Conclave conclave;
    private final DirectClient others;
    private final String top;
    private final FencedLock lock;
    private FencedGrant held;

    LostReplyCase(ZooKeeperServers servers, Kind kind) throws Exception {
        this.kind = kind;
        this.proxy = FaultProxy.before(servers.port(0));
        this.conclave = Conclave.builder(ZooKeeperServers.url(proxy.host(), "", Duration.ofSeconds(20)))
                .callTimeout(WAIT)
                .connect();
        this.others = new DirectClient(servers.host(0));
        this.top = "/lost/" + kind.name().toLowerCase(java.util.Locale.ROOT);
        this.lock = FencedLock.of(conclave, top + "/lock");
        this.held = lock.acquire(WAIT);
        conclave.nodes().set(top + "/warm/up", new byte[] {1});
        conclave.nodes().set(top + "/nodes/warm", new byte[] {1});
        if (!kind.isGuarded()) {
            held.close();
        }
    }

    /** The reply is lost; the session lives. */
    void loseReply(int number, boolean meddle) throws Exception {
        Told told = lose(number, meddle, false);
        verify(number, meddle, told);
    }

    /** The reply is lost, somebody else changes the node, and the session is ended before the client is back. */
    void loseReplyAndSession(int number) throws Exception {
        lose(number, true, true);
    }

    private Told lose(int number, boolean meddle, boolean endSession) throws Exception {
        if (kind.isGuarded() && !held.isValid()) {
            held = lock.acquire(WAIT);
        }
        prepare(number);
        long session = Long.parseUnsignedLong(conclave.health().sessionId().replace("0x", ""), 16);
        FaultProxy.Mode afterwards = meddle ? FaultProxy.Mode.REFUSE : FaultProxy.Mode.PASS;
        CompletableFuture<Request> dropped = proxy.dropNextReply(
                request -> request.isWrite() && request.touches(target(number)), Reply::isSuccess, afterwards);
        CompletableFuture<Told> acting = CompletableFuture.supplyAsync(() -> {
            try {
                return act(number);
            } catch (RuntimeException failure) {
                throw failure;
            } catch (Exception failure) {
                throw new CompletionException(failure);
            }
        });
        dropped.get(30, TimeUnit.SECONDS);
        if (meddle) {
            meddle(number);
            if (endSession) {
                assertThat(proxy.endSession(session)).isTrue();
            }
            proxy.mode(FaultProxy.Mode.PASS);
        }
        try {
            return acting.get(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failure) {
            throw failure.getCause() instanceof RuntimeException unchecked ? unchecked : failure;
        }
    }

    private String node(int number) {
        return top + "/nodes/n" + number;
    }

    private Predicate<String> target(int number) {
        return switch (kind) {
            case CONTENDER_CREATE, CONTENDER_DELETE -> path -> path.startsWith(top + "/lock/");
            case PLAIN_SEQUENTIAL_CREATE -> path -> path.startsWith(top + "/nodes/_c_");
            default -> node(number)::equals;
        };
    }

    private void prepare(int number) throws InterruptedException {
        if (kind.startsFromANode()) {
            conclave.nodes().create(node(number), bytes("before"), CreateMode.PERSISTENT);
        } else if (kind == Kind.CONTENDER_DELETE) {
            held = await(lock);
        }
    }

    private static FencedGrant await(FencedLock lock) throws InterruptedException {
        try {
            return lock.acquire(WAIT);
        } catch (java.util.concurrent.TimeoutException late) {
            throw new AssertionError("the lock was not granted", late);
        }
    }

    private Told act(int number) throws InterruptedException {
        NodePath path = NodePath.of(node(number));
        Payload mine = Payload.utf8("mine");
        Object answer = switch (kind) {
            case CONTENDER_CREATE -> await(lock);
            case CONTENDER_DELETE -> {
                held.release();
                yield true;
            }
            case GUARDED_CREATE -> held.commit(parts -> parts.write(Write.create(path, mine, CreateMode.PERSISTENT)));
            case GUARDED_PUT -> {
                held.write(path.toString(), bytes("mine"));
                yield true;
            }
            case GUARDED_DELETE -> held.delete(path.toString());
            case PLAIN_CREATE -> conclave.nodes().create(path.toString(), bytes("mine"), CreateMode.PERSISTENT);
            case PLAIN_SEQUENTIAL_CREATE ->
                conclave.nodes()
                        .commit(parts -> parts.write(Write.createSequential(
                                path.parent(), "item-", mine, CreateMode.PERSISTENT_SEQUENTIAL)));
            case PLAIN_COMPARE_AND_SET -> conclave.nodes().compareAndSet(path.toString(), 0, bytes("mine"));
            case PLAIN_DELETE -> conclave.nodes().delete(path.toString());
        };
        return new Told(answer, answer instanceof FencedGrant grant ? grant : held);
    }

    /** What somebody else does after the commit was applied and before the loser is connected again. */
    private void meddle(int number) throws Exception {
        switch (kind) {
            case CONTENDER_CREATE -> others.zooKeeper().delete(top + "/lock/" + onlyContender(), -1);
            case CONTENDER_DELETE -> contend();
            case GUARDED_CREATE, PLAIN_CREATE -> others.zooKeeper().delete(node(number), -1);
            case PLAIN_SEQUENTIAL_CREATE -> others.zooKeeper().delete(top + "/nodes/" + items().get(0), -1);
            case GUARDED_PUT, PLAIN_COMPARE_AND_SET -> others.zooKeeper().setData(node(number), bytes("other"), -1);
            case GUARDED_DELETE, PLAIN_DELETE ->
                others.zooKeeper()
                        .create(
                                node(number),
                                bytes("other"),
                                ZooDefs.Ids.OPEN_ACL_UNSAFE,
                                org.apache.zookeeper.CreateMode.PERSISTENT);
        }
    }

    /** The server may have reaped the empty directory. */
    private void contend() throws Exception {
        try {
            makeContender();
        } catch (KeeperException.NoNodeException reaped) {
            others.zooKeeper()
                    .create(
                            top + "/lock",
                            new byte[0],
                            ZooDefs.Ids.OPEN_ACL_UNSAFE,
                            org.apache.zookeeper.CreateMode.CONTAINER);
            makeContender();
        }
    }

    private void makeContender() throws Exception {
        others.zooKeeper()
                .create(
                        top + "/lock/_c_00000000-0000-0000-0000-000000000000-lock-",
                        bytes("other"),
                        ZooDefs.Ids.OPEN_ACL_UNSAFE,
                        org.apache.zookeeper.CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    private String onlyContender() throws Exception {
        List<String> contenders = others.contenders(top + "/lock");
        assertThat(contenders).as("contenders in %s", top).hasSize(1);
        return contenders.get(0);
    }

    private List<String> items() throws Exception {
        return others.children(top + "/nodes").stream()
                .filter(name -> name.contains("item-"))
                .toList();
    }

    private void verify(int number, boolean meddled, Told told) throws Exception {
        String what = kind + " " + number + (meddled ? " meddled with" : "");
        switch (kind) {
            case CONTENDER_CREATE -> {
                assertThat(told.grant().isValid()).as(what).isTrue();
                onlyContender();
                told.grant().release();
                assertThat(others.contenders(top + "/lock")).as(what).isEmpty();
            }
            case CONTENDER_DELETE -> {
                List<String> left = others.contenders(top + "/lock");
                assertThat(left).as(what).hasSize(meddled ? 1 : 0);
                for (String name : left) {
                    others.zooKeeper().delete(top + "/lock/" + name, -1);
                }
            }
            case GUARDED_CREATE -> {
                assertThat(told.answer()).as(what).isInstanceOf(CommitResult.Applied.class);
                verifyNode(what, number, meddled ? null : "mine", 0);
            }
            case PLAIN_CREATE -> {
                assertThat(((Node) told.answer()).path()).as(what).hasToString(node(number));
                verifyNode(what, number, meddled ? null : "mine", 0);
            }
            case PLAIN_SEQUENTIAL_CREATE -> verifyItem(what, meddled, (CommitResult) told.answer());
            case GUARDED_PUT, PLAIN_COMPARE_AND_SET -> {
                assertThat(told.answer()).as(what).isEqualTo(true);
                verifyNode(what, number, meddled ? "other" : "mine", meddled ? 2 : 1);
            }
            case GUARDED_DELETE, PLAIN_DELETE -> {
                assertThat(told.answer()).as(what).isEqualTo(true);
                verifyNode(what, number, meddled ? "other" : null, 0);
            }
        }
    }

    private void verifyItem(String what, boolean consumed, CommitResult answer) throws Exception {
        assertThat(answer).as(what).isInstanceOf(CommitResult.Applied.class);
        Node made = ((CommitResult.Applied) answer).created().get(0);
        assertThat(made.sequence().isPresent()).as(what).isEqualTo(!consumed);
        assertThat(items()).as(what).hasSize(consumed ? 0 : 1);
        for (String name : items()) {
            assertThat(made.name()).as(what).isEqualTo(name);
            others.zooKeeper().delete(top + "/nodes/" + name, -1);
        }
    }

    /** Whatever the loser believes: the commit was applied once, and what others did afterwards stands. */
    void verifyAppliedOnceAndUndoneByOthers(int number) throws Exception {
        Await.until(() -> conclave.health().isHealthy(), Duration.ofSeconds(20), "a new session");
        conclave.nodes().children(top + "/nodes"); // behind everything that this client still had to send
        String what = kind + " " + number + " with its session";
        switch (kind) {
            case GUARDED_PUT, PLAIN_COMPARE_AND_SET -> verifyNode(what, number, "other", 2);
            case GUARDED_DELETE, PLAIN_DELETE -> verifyNode(what, number, "other", 0);
            case PLAIN_SEQUENTIAL_CREATE -> assertThat(items()).as(what).isEmpty();
            default -> verifyNode(what, number, null, 0);
        }
    }

    private void verifyNode(String what, int number, String data, int version) throws Exception {
        Stat stat = others.zooKeeper().exists(node(number), false);
        assertThat(stat != null).as("%s: present", what).isEqualTo(data != null);
        if (stat != null) {
            assertThat(new String(others.zooKeeper().getData(node(number), false, stat), StandardCharsets.UTF_8))
                    .as(what)
                    .isEqualTo(data);
            assertThat(stat.getVersion()).as("%s: version", what).isEqualTo(version);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        conclave.close();
        others.close();
        proxy.close();
    }
}
