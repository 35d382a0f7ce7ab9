package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.cache.TreeCache;
import io.conclave.membership.GroupMembership;
import io.conclave.membership.PersistentNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A member that will be killed: in a group, with a node of its own and a cache. Arguments: the URL. */
final class GroupWorker {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private GroupWorker() {}

    public static void main(String[] arguments) throws Exception {
        Conclave conclave = Conclave.connect(arguments[0]);
        GroupMembership group =
                GroupMembership.join(conclave, "/groups/kill", "child", "x".getBytes(StandardCharsets.UTF_8));
        PersistentNode node = PersistentNode.of(conclave, "/kill/node", new byte[0]);
        TreeCache cache = TreeCache.of(conclave, "/groups");
        cache.start();
        group.awaitMember(WAIT);
        node.awaitPresent(WAIT);
        cache.awaitInitialised(WAIT);
        System.out.println("READY");
        System.in.read();
        conclave.close();
    }
}
