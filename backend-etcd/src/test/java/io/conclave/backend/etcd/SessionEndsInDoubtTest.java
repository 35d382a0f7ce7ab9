package io.conclave.backend.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.EtcdUnderTest;
import io.conclave.backend.etcd.testing.Fault;
import io.conclave.spi.Applied;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A session ends at the servers while the outcome of a commit is in doubt, and the client finds that out by the commit, not by a beat. */
class SessionEndsInDoubtTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** So short that nobody moves to another server, which would be the time for a beat. */
    private static final Duration IMPATIENCE = Duration.ofMillis(300);

    private static final Duration TTL = Duration.ofSeconds(60);
    private static final NodePath OWN = NodePath.of("/own");
    private static final NodePath WRITTEN = NodePath.of("/written");

    @Test
    void itsOutcomeStaysUnknown() throws Exception {
        try (EtcdUnderTest etcd = new EtcdUnderTest(EtcdServers.one())) {
            Backend backend = get(etcd.connect("doubt"));
            Session session = get(backend.openSession(new SessionSpec(TTL, 1), (ended, state) -> {}, deadline(LIMIT)));
            get(session.commit(Commit.builder(session.newOpId(), deadline(LIMIT))
                    .write(Write.create(OWN, Payload.empty(), CreateMode.EPHEMERAL))
                    .build()));
            Commit guarded = Commit.builder(session.newOpId(), deadline(IMPATIENCE))
                    .guard(Guard.present(OWN))
                    .write(Write.create(WRITTEN, Payload.utf8("mine"), CreateMode.PERSISTENT))
                    .build();
            etcd.proxies(backend).get(0).atNextCommit(Fault.LOSE_REPLY);
            assertThat(failure(session.commit(guarded))).isInstanceOf(IndeterminateException.class);
            etcd.expire(session);
            BackendException told = failure(session.commit(guarded.withDeadline(deadline(LIMIT))));
            assertThat(told).isInstanceOf(SessionLostException.class);
            assertThat(told.applied()).isEqualTo(Applied.UNKNOWN);
            get(backend.closeAsync());
        }
    }

    private static long deadline(Duration time) {
        return Timekeeper.system().deadlineAfter(time);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static BackendException failure(CompletionStage<?> stage) {
        BackendException[] found = new BackendException[1];
        assertThatThrownBy(() -> get(stage))
                .isInstanceOf(ExecutionException.class)
                .satisfies(failure -> found[0] = (BackendException) failure.getCause());
        return found[0];
    }
}
