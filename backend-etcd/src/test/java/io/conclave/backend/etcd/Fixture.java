package io.conclave.backend.etcd;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Short words for what tests do all the time. */
final class Fixture {
    static final Timekeeper TIME = Timekeeper.system();
    static final Duration TTL = Duration.ofSeconds(3);

    private Fixture() {}

    static long soon() {
        return TIME.deadlineAfter(Duration.ofSeconds(15));
    }

    static Backend backend(String url) {
        return await(new EtcdBackendProvider().connect(BackendConfig.of(BackendUrl.parse(url), TIME, soon())));
    }

    static Session session(Backend backend) {
        return await(backend.openSession(new SessionSpec(TTL, 1), (session, state) -> {}, soon()));
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

    static CommitResult.Applied write(Session session, Write... writes) {
        CommitResult result =
                await(session.commit(new Commit(session.newOpId(), List.of(), List.of(writes), List.of(), soon())));
        if (result instanceof CommitResult.Applied applied) {
            return applied;
        }
        throw new AssertionError("not applied: " + result);
    }

    static Write make(String path, String data) {
        return Write.create(NodePath.of(path), Payload.utf8(data), CreateMode.PERSISTENT);
    }

    static Write put(String path, String data) {
        return Write.put(NodePath.of(path), Payload.utf8(data));
    }

    static Write contender(String directory) {
        return Write.createSequential(
                NodePath.of(directory), "lock-", Payload.utf8("me"), CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    static Write recurring(String directory) {
        return Write.createRecurring(NodePath.of(directory), "lock-", Payload.utf8("me"));
    }

    static String data(Session session, String path) {
        View view = await(session.read(List.of(Query.get(NodePath.of(path))), ReadLevel.LINEARIZABLE, soon()))
                .get(0);
        return ((View.OfNode) view).node().orElseThrow().data().asUtf8();
    }
}
