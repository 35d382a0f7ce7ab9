package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.it.support.Await;
import io.conclave.it.support.ServerBehindProxy;
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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One kind of commit whose reply is lost again and again: what is done, how others meddle, and what must be true afterwards. */
final class LostReplyCase implements AutoCloseable {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration ORPHAN_LIMIT = Duration.ofSeconds(5);

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
    private final ServerBehindProxy server;
    private final Conclave conclave;
    private final String top;
    private final FencedLock lock;
    private FencedGrant held;

    /** Takes the server's proxy over. */
    LostReplyCase(ServerBehindProxy server, Kind kind) throws Exception {
        this.kind = kind;
        this.server = server;
        this.conclave = Conclave.builder(server.url(Duration.ofSeconds(20)))
                .callTimeout(WAIT)
                .connect();
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
        String session = conclave.health().sessionId();
        CompletableFuture<?> dropped = server.loseNextReply(target(number), meddle);
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
                server.endSession(session);
            }
            server.accept();
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
            case CONTENDER_CREATE -> server.delete(top + "/lock/" + onlyContender());
            case CONTENDER_DELETE -> server.contend(top + "/lock");
            case GUARDED_CREATE, PLAIN_CREATE -> server.delete(node(number));
            case PLAIN_SEQUENTIAL_CREATE -> server.delete(top + "/nodes/" + items().get(0));
            case GUARDED_PUT, PLAIN_COMPARE_AND_SET -> server.put(node(number), "other");
            case GUARDED_DELETE, PLAIN_DELETE -> server.create(node(number), "other");
        }
    }

    private String onlyContender() throws Exception {
        List<String> contenders = server.contenders(top + "/lock");
        assertThat(contenders).as("contenders in %s", top).hasSize(1);
        return contenders.get(0);
    }

    private List<String> items() throws Exception {
        return server.children(top + "/nodes").stream()
                .filter(name -> name.contains("item-"))
                .toList();
    }

    private void verify(int number, boolean meddled, Told told) throws Exception {
        String what = kind + " " + number + (meddled ? " meddled with" : "");
        switch (kind) {
            case CONTENDER_CREATE -> {
                assertThat(told.grant().isValid()).as(what).isTrue();
                onlyContender();
                told.grant().release(); // does not wait for the store while there is no contact
                awaitContenders(0, what);
            }
            case CONTENDER_DELETE -> {
                awaitContenders(meddled ? 1 : 0, what);
                for (String name : server.contenders(top + "/lock")) {
                    server.delete(top + "/lock/" + name);
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

    /** An orphan would stay. */
    private void awaitContenders(int count, String what) throws InterruptedException {
        Await.until(
                () -> server.contenders(top + "/lock").size() == count, ORPHAN_LIMIT, what + ": " + count + " left");
    }

    private void verifyItem(String what, boolean consumed, CommitResult answer) throws Exception {
        assertThat(answer).as(what).isInstanceOf(CommitResult.Applied.class);
        Node made = ((CommitResult.Applied) answer).created().get(0);
        assertThat(made.sequence().isPresent()).as(what).isEqualTo(!consumed);
        assertThat(items()).as(what).hasSize(consumed ? 0 : 1);
        for (String name : items()) {
            assertThat(made.name()).as(what).isEqualTo(name);
            server.delete(top + "/nodes/" + name);
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
        assertThat(server.stored(node(number)))
                .as(what)
                .isEqualTo(Optional.ofNullable(data).map(text -> new ServerBehindProxy.Stored(text, version)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        conclave.close();
        server.close();
    }
}
