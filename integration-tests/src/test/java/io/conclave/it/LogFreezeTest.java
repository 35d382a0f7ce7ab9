package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.it.support.ChildJvm;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Members that stand still, as under a long garbage collection or a stopped machine. */
final class LogFreezeTest {
    /** Probe (a): with both followers frozen the leader acknowledges no write and serves no read. What it could not finish is unknown, not failed. */
    @Test
    void aLeaderWhoseFollowersAreFrozenAcknowledgesAndReadsNothing() throws Exception {
        try (LogProcesses members = new LogProcesses("log-freeze", 1_000, 100_000)) {
            members.write("before");
            int leader = members.awaitLeader();
            ChildJvm leading = members.member(leader);
            List<Integer> followers =
                    List.of(1, 2, 3).stream().filter(id -> id != leader).toList();
            for (int follower : followers) {
                members.member(follower).pause();
            }
            int from = leading.lines().size();
            leading.send("write frozen");
            leading.send("read");
            String write = leading.awaitLine(
                    from, line -> line.endsWith(" frozen"), LogProcesses.PATIENCE, "the end of the write");
            String read = leading.awaitLine(
                    from, line -> line.endsWith("read"), LogProcesses.PATIENCE, "the end of the read");
            assertThat(write).isEqualTo("unknown frozen");
            assertThat(read).isEqualTo("noread");
            assertThat(members.dump(leader)).contains("before").doesNotContain("frozen");

            leading.send("write refused");
            leading.awaitLine(from, line -> line.equals("no refused"), LogProcesses.PATIENCE, "a refusal");
            Map<Integer, Integer> thawed = new HashMap<>();
            for (int id = 1; id <= 3; id++) {
                thawed.put(id, members.member(id).lines().size());
            }
            for (int follower : followers) {
                members.member(follower).resume();
            }
            members.awaitLeader(thawed);
            members.write("after");
            assertThat(members.agreement("after")).contains("before", "after").doesNotContain("refused");
        }
    }

    /** A leader that stood still for longer than an election takes is a leader no more when it goes on, and reads nothing as one. */
    @Test
    void aLeaderThatWasFrozenServesNothingWhenItGoesOn() throws Exception {
        try (LogProcesses members = new LogProcesses("log-frozen-leader", 1_000, 100_000)) {
            members.write("before");
            int old = members.awaitLeader();
            ChildJvm frozen = members.member(old);
            frozen.pause();
            int from = frozen.lines().size();
            Map<Integer, Integer> others = new HashMap<>();
            for (int id = 1; id <= 3; id++) {
                if (id != old) {
                    others.put(id, 0);
                }
            }
            int next = members.awaitLeader(others);
            ChildJvm leading = members.member(next);
            leading.send("write after");
            leading.awaitLine(0, line -> line.equals("ok after"), LogProcesses.PATIENCE, "the new leader's answer");
            frozen.send("read"); // waits in its pipe: the first that it sees when it goes on
            frozen.send("write late");
            frozen.resume();
            assertThat(frozen.awaitLine(from, line -> line.endsWith("read"), LogProcesses.PATIENCE, "an end"))
                    .isEqualTo("noread");
            assertThat(frozen.awaitLine(from, line -> line.endsWith(" late"), LogProcesses.PATIENCE, "an end"))
                    .isNotEqualTo("ok late");
            members.write("at last");
            assertThat(members.agreement("at last")).containsSubsequence("before", "after", "at last");
        }
    }
}
