package io.conclave.backend.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.OpId;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.support.PendingCall;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.Test;

class CommitsTest {
    private static final long NONCE = 7;

    /** Whether there is contact cannot be told for the first who asks; before that, there is none. */
    private static final class BrokenOwner implements Commits.Owner {
        boolean broken;
        int asked;

        @Override
        public boolean isConnected() {
            asked++;
            if (broken && asked == 1) {
                throw new IllegalStateException("broken");
            }
            return false;
        }

        @Override
        public String id() {
            return "1";
        }

        @Override
        public long numericId() {
            return 1;
        }

        @Override
        public long nonce() {
            return NONCE;
        }
    }

    @Test
    void oneCommitThatBreaksFailsAndTheOthersGoOn() {
        ClientSettings settings =
                ClientSettings.of(BackendConfig.of(BackendUrl.parse("zookeeper://h:1"), Fixture.TIME, Fixture.soon()));
        BrokenOwner owner = new BrokenOwner();
        Link link = new Link(null, Runnable::run, Fixture.TIME, null, null, ZooDefs.Ids.OPEN_ACL_UNSAFE, "/beat");
        Commits commits = new Commits(owner, link, settings.layout(), settings.capabilities(), 1_000_000);
        List<CompletionStage<CommitResult>> stages = new ArrayList<>();
        for (int i = 1; i <= 3; i++) {
            PendingCall<CommitResult> call = new PendingCall<>(Fixture.TIME, Runnable::run, Fixture.soon());
            stages.add(call.stage());
            commits.commit(
                    new Commit(
                            new OpId(NONCE, i), List.of(), List.of(Fixture.make("/n", "1")), List.of(), Fixture.soon()),
                    call);
        }
        owner.asked = 0;
        owner.broken = true;
        commits.resume();
        assertThat(owner.asked).as("asked for each").isEqualTo(3);
        assertThat(Fixture.failureOf(stages.get(0))).isInstanceOf(UnavailableException.class);
        assertThat(stages.get(1).toCompletableFuture()).isNotDone();
    }
}
