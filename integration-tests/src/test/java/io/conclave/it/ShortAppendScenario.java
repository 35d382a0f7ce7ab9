package io.conclave.it;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The story in its short form: one round of faults, and processes that use the library. */
abstract class ShortAppendScenario extends AppendScenario {
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

    /** No leader is frozen: one of etcd 3.4.23 that wakes up revokes leases that its successor has renewed (etcd issue 15247). */
    @Override
    List<AppendStory.Fault> faults() {
        return List.of(
                AppendStory.Fault.STOP_HOLDER,
                AppendStory.Fault.KILL_LEADER,
                AppendStory.Fault.FREEZE_FOLLOWER,
                AppendStory.Fault.KILL_HOLDER);
    }
}
