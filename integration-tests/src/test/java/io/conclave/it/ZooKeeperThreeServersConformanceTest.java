package io.conclave.it;

import io.conclave.it.support.ZooKeeperServers;
import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The ZooKeeper backend keeps the contract on three servers, each a process. */
final class ZooKeeperThreeServersConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        try {
            return new ZooKeeperUnderTest(ZooKeeperServers.of(3)
                    .tickMillis(ZooKeeperUnderTest.TICK_MILLIS)
                    .minSessionMillis(200)
                    .start());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the servers started", interrupted);
        }
    }
}
