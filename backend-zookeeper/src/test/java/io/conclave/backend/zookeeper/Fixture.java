package io.conclave.backend.zookeeper;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Credentials;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Short words for what tests do all the time. */
final class Fixture {
    static final Timekeeper TIME = Timekeeper.system();
    static final Duration TTL = Duration.ofSeconds(3);

    private Fixture() {}

    static Backend backend(String url) {
        return await(new ZooKeeperBackendProvider().connect(BackendConfig.of(BackendUrl.parse(url), TIME, soon())));
    }

    static Backend backend(int port) {
        return backend("zookeeper://127.0.0.1:" + port + "/test");
    }

    static Backend backend(int port, Credentials credentials) {
        BackendUrl url = BackendUrl.parse("zookeeper://127.0.0.1:" + port + "/secured");
        return await(new ZooKeeperBackendProvider()
                .connect(new BackendConfig(url, TIME, soon(), false, Optional.of(credentials), Optional.empty())));
    }

    static Session session(Backend backend) {
        return session(backend, TTL, (session, state) -> {});
    }

    static Session session(Backend backend, Duration ttl, SessionListener listener) {
        return await(backend.openSession(new SessionSpec(ttl, 1), listener, soon()));
    }

    static long soon() {
        return in(Duration.ofSeconds(15));
    }

    static long in(Duration wait) {
        return TIME.deadlineAfter(wait);
    }

    static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (ExecutionException failure) {
            throw new CompletionException(failure.getCause());
        } catch (InterruptedException | TimeoutException failure) {
            throw new AssertionError("no end within 30 s", failure);
        }
    }

    static Throwable failureOf(CompletionStage<?> stage) {
        try {
            await(stage);
        } catch (CompletionException failure) {
            return failure.getCause();
        }
        throw new AssertionError("it succeeded");
    }

    /** Waits for the end, whatever it is; the failure if there is one. */
    static Optional<Throwable> ended(CompletionStage<?> stage) {
        try {
            await(stage);
            return Optional.empty();
        } catch (CompletionException failure) {
            return Optional.of(failure.getCause());
        }
    }

    /** Waits until it is so, for at most 20 s. */
    static void until(String what, BooleanSupplier condition) {
        long deadline = in(Duration.ofSeconds(20));
        while (!condition.getAsBoolean()) {
            if (TIME.isPast(deadline)) {
                throw new AssertionError("not within 20 s: " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    static NodePath path(String text) {
        return NodePath.of(text);
    }

    static Payload data(String text) {
        return Payload.utf8(text);
    }

    static CommitResult commit(Session session, List<Guard> guards, Write... writes) {
        return await(session.commit(new Commit(session.newOpId(), guards, List.of(writes), List.of(), soon())));
    }

    static CommitResult commit(Session session, Write... writes) {
        return commit(session, List.of(), writes);
    }

    static CommitResult.Applied applied(CommitResult result) {
        if (result instanceof CommitResult.Applied applied) {
            return applied;
        }
        throw new AssertionError("not applied: " + result);
    }

    static int refusedAt(CommitResult result) {
        if (result instanceof CommitResult.Refused refused) {
            return refused.index();
        }
        throw new AssertionError("not refused: " + result);
    }

    static Write contender(String directory) {
        return Write.createSequential(path(directory), "lock-", data("me"), CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    static Write make(String path, String data) {
        return Write.create(path(path), data(data), CreateMode.PERSISTENT);
    }

    static Write put(String path, String data) {
        return Write.put(path(path), data(data));
    }

    static Write delete(String path) {
        return Write.delete(path(path));
    }

    static Optional<Node> node(Session session, String path) {
        return ((View.OfNode) read(session, Query.get(path(path)))).node();
    }

    static List<String> children(Session session, String path) {
        return nodes(session, Query.children(path(path))).stream()
                .map(Node::name)
                .toList();
    }

    static List<Node> nodes(Session session, Query query) {
        return ((View.OfNodes) read(session, query)).nodes();
    }

    static View read(Session session, Query query) {
        return await(session.read(List.of(query), ReadLevel.LINEARIZABLE, soon()))
                .get(0);
    }
}
