package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The story of one file and six processes on the replicated store. */
@EnabledIfSystemProperty(
        named = "conclave.replicated",
        matches = "true",
        disabledReason = "takes members as processes and time: see docs/testing.md")
final class ReplicatedAppendStoryTest extends AppendScenario {
    @Override
    Servers threeServers() {
        return MemberProcesses.three();
    }

    @Override
    int defaultSeconds() {
        return 0;
    }

    /** Only when the story is asked for: it differs from the other one by the commands, which ZooKeeper's story has always. */
    @Override
    @Test
    @EnabledIfSystemProperty(named = "conclave.story.seconds", matches = "\\d+")
    void conclaveLockCommands() throws Exception {
        super.conclaveLockCommands();
    }

    @Override
    List<AppendStory.Fault> faults() {
        return List.of(
                AppendStory.Fault.STOP_HOLDER,
                AppendStory.Fault.KILL_LEADER,
                AppendStory.Fault.FREEZE_FOLLOWER,
                AppendStory.Fault.KILL_HOLDER);
    }
}
