package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.membership.GroupMembership;
import io.conclave.membership.Member;
import io.conclave.membership.PersistentNode;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bar 3: a member whose process is killed is gone for the others within its session time-out and two seconds, its names can be taken, and nothing is left of it. */
@Timeout(90)
final class KilledMemberTest {
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration WAIT = Duration.ofSeconds(30);

    @Test
    void onZooKeeper() throws Exception {
        try (Servers servers = ZooKeeperServers.one()) {
            play("ZooKeeper", servers);
        }
    }

    @Test
    void onEtcd() throws Exception {
        try (Servers servers = EtcdProcesses.one()) {
            play("etcd", servers);
        }
    }

    private static void play(String store, Servers servers) throws Exception {
        try (Conclave conclave = Conclave.connect(servers.url("", SESSION));
                GroupMembership group = GroupMembership.join(conclave, "/groups/kill", "parent", new byte[0]);
                ChildJvm child = ChildJvm.start("group-worker", GroupWorker.class, servers.url("", SESSION))) {
            child.awaitLine("READY", WAIT);
            Await.until(() -> group.members().size() == 2, WAIT, "both are seen");
            PersistentNode next = PersistentNode.of(conclave, "/kill/node", new byte[] {1});
            long killed = System.nanoTime();
            child.kill();

            Await.until(() -> group.members().size() == 1, WAIT, "the dead one is gone");
            Duration gone = Duration.ofNanos(System.nanoTime() - killed);
            next.awaitPresent(WAIT);

            Figures.print(
                    "member killed on " + store,
                    "gone after %d ms, session %d ms",
                    gone.toMillis(),
                    SESSION.toMillis());
            assertThat(gone).isLessThan(SESSION.plusSeconds(2));
            assertThat(group.members()).extracting(Member::name).containsExactly("parent");
            next.close();
            group.closeAsync().toCompletableFuture().join();
            assertThat(conclave.nodes().subtree("/", 100)).isEmpty();
        }
    }
}
