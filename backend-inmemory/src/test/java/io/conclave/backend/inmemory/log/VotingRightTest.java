package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RS1, one question at a time. */
final class VotingRightTest {
    @TempDir
    Path path;

    private LogSpec spec;
    private DataFolder folder;
    private long lastEntry;

    @BeforeEach
    void open() throws IOException {
        spec = LogSpec.of(1, Members.freeAddresses(3), path.resolve("member"));
        folder = DataFolder.open(spec);
    }

    @AfterEach
    void close() throws IOException {
        folder.close();
    }

    private VotingRight right() throws IOException {
        return VotingRight.open(spec, folder, () -> lastEntry);
    }

    @Test
    void allOthersMustBeEmptyAtOnceAndSoMustItself() throws IOException {
        VotingRight right = right();
        assertThat(right.asked(2, true, 1, 0)).isFalse();
        assertThat(right.asked(3, true, 1, 7)).isFalse();
        assertThat(right.asked(2, true, 1, 5)).as("it is not empty any more").isFalse();
        assertThat(right.asked(3, true, 1, 0)).isFalse();
        assertThat(right.isVoter()).isFalse();
        lastEntry = 3;
        assertThat(right.asked(2, true, 1, 0)).isFalse();
        assertThat(right.isVoter()).as("with entries of its own").isFalse();
        lastEntry = 0;
        assertThat(right.asked(2, false, 1, 0))
                .as("a vote at the moment of the start")
                .isFalse();
        assertThat(right.isVoter()).isTrue();
        assertThat(right.asked(3, false, 1, 0)).isTrue();
        assertThat(right().isVoter()).as("after a restart").isTrue();
    }

    @Test
    void itHasCaughtUpOnlyWithAnEntryOfTheLeadersOwnTerm() throws IOException {
        VotingRight right = right();
        right.led(5, 0, 0, index -> 0); // the leader knows nothing yet
        right.led(5, 100, 90, index -> 4);
        right.led(5, 110, 100, index -> 4); // as far as it knew at first, which was not all
        right.led(5, 110, 109, index -> 5);
        assertThat(right.isVoter()).isFalse();
        right.led(5, 120, 110, index -> index == 110 ? 5 : 4);
        assertThat(right.isVoter()).isTrue();
        for (VotingRight each : new VotingRight[] {right, right()}) {
            assertThat(each.asked(2, false, 5, 120))
                    .as("it may have voted in term 5")
                    .isFalse();
            assertThat(each.asked(2, true, 5, 120)).isTrue();
            assertThat(each.asked(2, false, 6, 120)).isTrue();
        }
    }

    @Test
    void whoMayNotVoteAsksForNoVotes() {
        RequestVoteRequest.Builder request = RequestVoteRequest.newBuilder()
                .setGroupId("g")
                .setServerId("s")
                .setPeerId("p")
                .setTerm(1)
                .setLastLogIndex(0)
                .setLastLogTerm(0);
        PeerTraffic without = new PeerTraffic(1, Map.of(), Links.OPEN, () -> false);
        assertThat(without.maySend(request.setPreVote(false).build())).isFalse();
        assertThat(without.maySend(request.setPreVote(true).build())).isTrue();
        PeerTraffic with = new PeerTraffic(1, Map.of(), Links.OPEN, () -> true);
        assertThat(with.maySend(request.setPreVote(false).build())).isTrue();
    }

    @Test
    void aDamagedFileIsRefused() throws IOException {
        for (String content :
                new String[] {"", "conclave voter 1\n", "conclave voter 1\nx\n", "conclave voter 2\n5\n"}) {
            Files.writeString(folder.resolve(VotingRight.FILE), content);
            assertThatThrownBy(this::right).isInstanceOf(CorruptLogException.class);
        }
    }
}
