package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The shortest way through everything, in real time. */
class SmokeTest {
    @Test
    void aContenderIsMadeListedAndGoneWithItsSession() throws Exception {
        Timekeeper time = Timekeeper.system();
        long deadline = time.deadlineAfter(Duration.ofSeconds(10));
        Backend backend = new InMemoryBackendProvider()
                .connect(BackendConfig.of(BackendUrl.parse("inmemory:"), time, deadline))
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
        Session one = open(backend, deadline);
        Session two = open(backend, deadline);
        NodePath locks = NodePath.of("/locks");
        CommitResult result = one.commit(Commit.builder(one.newOpId(), deadline)
                        .write(Write.createSequential(
                                locks, "lock-", Payload.utf8("me"), CreateMode.EPHEMERAL_SEQUENTIAL))
                        .then(Query.contenders(locks, List.of("lock-")))
                        .build())
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
        assertThat(result).isInstanceOf(CommitResult.Applied.class);
        assertThat(((View.OfNodes) result.then().get(0)).nodes()).hasSize(1);
        one.closeAsync().toCompletableFuture().get(5, TimeUnit.SECONDS);
        List<View> after = two.read(List.of(Query.children(locks)), ReadLevel.LINEARIZABLE, deadline)
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
        assertThat(((View.OfNodes) after.get(0)).nodes()).isEmpty();
        backend.closeAsync().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    private static Session open(Backend backend, long deadline) throws Exception {
        return backend.openSession(new SessionSpec(Duration.ofSeconds(10), 1), (session, state) -> {}, deadline)
                .toCompletableFuture()
                .get(5, TimeUnit.SECONDS);
    }
}
