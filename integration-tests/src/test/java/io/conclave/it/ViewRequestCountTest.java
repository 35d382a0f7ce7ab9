package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.cache.TreeCache;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.membership.GroupMembership;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What caches and groups cost a ZooKeeper server, by the server's own count of packets. The sessions are long, so that no ping falls between. */
@Timeout(60)
final class ViewRequestCountTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final int DIRECTORIES = 20;
    private static final int LEAVES = 10;

    @Test
    void aCacheReadsEachLeafOnceAndAGroupIsJoinedWithFour() throws Exception {
        try (ZooKeeperServers servers = ZooKeeperServers.one();
                Conclave writer = Conclave.connect(ZooKeeperServers.url(servers.hosts(), "", Duration.ofSeconds(40)));
                Conclave reader = Conclave.connect(ZooKeeperServers.url(servers.hosts(), "", Duration.ofSeconds(40)))) {
            for (int d = 0; d < DIRECTORIES; d++) {
                NodePath directory = NodePath.of("/tree/d" + d);
                writer.nodes().commit(parts -> {
                    parts.write(Write.create(directory, Payload.utf8("d"), CreateMode.PERSISTENT));
                    for (int l = 0; l < LEAVES; l++) {
                        parts.write(
                                Write.create(directory.child("l" + l), Payload.utf8("leaf"), CreateMode.PERSISTENT));
                    }
                });
            }
            int leaves = DIRECTORIES * LEAVES;
            int inner = DIRECTORIES + 1;
            long before = servers.packetsReceived(0);
            try (TreeCache cache = TreeCache.of(reader, "/tree")) {
                cache.start();
                cache.awaitInitialised(WAIT);
                long packets = servers.packetsReceived(0) - before;
                Figures.print(
                        "start of a cache", "%d requests for %d leaves and %d inner nodes", packets, leaves, inner);
                assertThat(cache.size()).isEqualTo(leaves + DIRECTORIES);
                assertThat(packets).isBetween(leaves + 2L * inner, leaves + 2L * inner + 3);

                before = servers.packetsReceived(0);
                writer.nodes().set("/tree/d1/l1", new byte[] {1});
                Await.until(
                        () -> cache.get("/tree/d1/l1").orElseThrow().data().size() == 1, WAIT, "the change is seen");
                packets = servers.packetsReceived(0) - before;
                Figures.print("one change, written and followed", "%d requests", packets);
                assertThat(packets).isBetween(2L, 3L);
            }

            try (GroupMembership first = GroupMembership.join(writer, "/groups/g", "first", new byte[] {1})) {
                first.awaitMember(WAIT);
            }
            reader.nodes().set("/warm-up", new byte[] {1}); // a session's first commit makes its operation slot
            before = servers.packetsReceived(0);
            try (GroupMembership group = GroupMembership.join(reader, "/groups/g", "me", new byte[] {1})) {
                group.awaitMember(WAIT);
                long packets = servers.packetsReceived(0) - before;
                Figures.print("joining a group and seeing its members", "%d requests", packets);
                assertThat(group.members()).hasSize(1);
                assertThat(packets).isBetween(2L, 4L);
            }
        }
    }
}
