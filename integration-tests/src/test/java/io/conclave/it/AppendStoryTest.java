package io.conclave.it;

import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;
import java.util.List;

/** The story of one file and six processes on ZooKeeper. */
final class AppendStoryTest extends AppendScenario {
    @Override
    Servers threeServers() throws Exception {
        return ZooKeeperServers.three();
    }

    @Override
    int defaultSeconds() {
        return 25;
    }

    @Override
    List<AppendStory.Fault> faults() {
        return List.of(
                AppendStory.Fault.KILL_HOLDER,
                AppendStory.Fault.STOP_HOLDER,
                AppendStory.Fault.KILL_LEADER,
                AppendStory.Fault.KILL_HOLDER);
    }
}
