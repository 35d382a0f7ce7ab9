package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Capabilities.CreatedRevisionGuard;
import io.conclave.spi.CapabilityMissingException;
import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;

/** F1 to F3: what fencing stands on. */
final class FencingRules {
    private FencingRules() {}

    static Chapter chapter() {
        return new Chapter("Fencing")
                .check("F1", "the guard of a contender holds exactly while it lives", FencingRules::guardOfContender)
                .check("F1", "the guard fails after the session's end", FencingRules::guardAfterSessionEnd)
                .check("F1", "the guard fails for a node made again, or is refused", FencingRules::guardOfNamedNode)
                .check("F1", "a held-up commit meets the guard when it arrives", FencingRules::guardOfLateCommit)
                .check("F2", "created revisions grow from contender to contender", FencingRules::growing)
                .check("F2", "created revisions grow over deletion and session ends", FencingRules::growingOverEnds)
                .check("F2", "created revisions grow over a restart", FencingRules::growingOverRestart)
                .check("F3", "a store from nothing begins above its earlier life", FencingRules::fromNothing);
    }

    private static long created(Node node) {
        return node.createdRevision().orElseThrow(() -> new AssertionError("a contender tells its created revision"));
    }

    private static Commit.Builder fenced(Client client, Node contender) {
        return fenced(client, contender.path(), created(contender));
    }

    private static Commit.Builder fenced(Client client, NodePath path, long revision) {
        return client.commit().guard(Guard.present(path, revision)).write(Write.put(Lab.at("/data"), Lab.text("x")));
    }

    private static void guardOfContender(Lab lab) {
        Client holder = lab.client();
        Client other = lab.client();
        other.create("/data", "");
        Node contender = holder.contend("/q");
        holder.applied(fenced(holder, contender));
        other.applied(fenced(other, contender));
        holder.write(Write.put(contender.path(), Lab.text("changed")));
        holder.applied(fenced(holder, contender));
        holder.refused(fenced(holder, contender.path(), created(contender) + 1), 0);
        holder.refused(fenced(holder, contender.path(), created(contender) - 1), 0);
        other.put("/data", "other's");
        other.delete(contender.path());
        holder.refused(fenced(holder, contender), 0);
        holder.contend("/q");
        holder.refused(fenced(holder, contender), 0);
        assertEquals("other's", other.data("/data"), "a commit behind the end of its contender wrote");
    }

    private static void guardAfterSessionEnd(Lab lab) {
        Client holder = lab.client();
        Client other = lab.client();
        other.create("/data", "kept");
        Node contender = holder.contend("/q");
        lab.await(holder.session().closeAsync(), "closeAsync");
        lab.until(() -> other.get(contender.path()).isEmpty(), "the end of the contender");
        other.refused(fenced(other, contender), 0);
        assertEquals("kept", other.data("/data"));
    }

    private static void guardOfNamedNode(Lab lab) {
        Client client = lab.client();
        client.create("/data", "");
        long revision = client.write(Write.create(Lab.at("/n"), Payload.empty(), CreateMode.PERSISTENT))
                .revision()
                .orElseThrow();
        if (lab.capabilities().createdRevisionGuard() == CreatedRevisionGuard.SEQUENTIAL_NODES) {
            lab.failure(
                    CapabilityMissingException.class,
                    client.session()
                            .commit(fenced(client, Lab.at("/n"), revision).build()),
                    "a guard on the created revision of a named node");
            return;
        }
        client.applied(fenced(client, Lab.at("/n"), revision));
        client.delete("/n");
        client.create("/n", "");
        client.refused(fenced(client, Lab.at("/n"), revision), 0);
    }

    private static void guardOfLateCommit(Lab lab) {
        Client holder = lab.client();
        Client other = lab.client();
        other.create("/data", "kept");
        Node contender = holder.contend("/q");
        Commit late = holder.commitWithin(lab.ttl().dividedBy(4))
                .guard(Guard.present(contender.path(), created(contender)))
                .write(Write.put(Lab.at("/data"), Lab.text("late")))
                .build();
        lab.hold(holder);
        lab.need(holder.sendInDoubt(late).isEmpty(), "the backend under test sent the held request again by itself");
        other.delete(contender.path());
        other.contend("/q");
        lab.release(holder);
        lab.pass(lab.ttl().dividedBy(4));
        assertEquals("kept", other.data("/data"), "a late commit wrote behind the end of its contender");
    }

    private static void growing(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client());
        long before = 0;
        for (int i = 0; i < 10; i++) {
            long revision = created(clients.get(i % 2).contend("/q"));
            assertTrue(revision > before, "created revision " + revision + " after " + before);
            before = revision;
        }
    }

    private static void growingOverEnds(Lab lab) {
        Client steady = lab.client();
        List<Long> revisions = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Client brief = lab.client();
            revisions.add(created(brief.contend("/d/q")));
            Node second = steady.contend("/d/q");
            revisions.add(created(second));
            steady.delete(second.path());
            lab.await(brief.session().closeAsync(), "closeAsync");
        }
        assertEquals(revisions.stream().sorted().distinct().toList(), revisions, "created revisions as they came");
    }

    private static void growingOverRestart(Lab lab) {
        long before = created(lab.client().contend("/q"));
        lab.restart();
        long after = created(lab.client().contend("/q"));
        assertTrue(after > before, "created revision " + after + " after " + before + " and a restart");
    }

    private static void fromNothing(Lab lab) {
        long before = 0;
        Client client = lab.client();
        for (int i = 0; i < 20; i++) {
            before = created(client.contend("/q"));
        }
        lab.startFromNothing();
        long after = created(lab.client().contend("/q"));
        assertTrue(after > before, "created revision " + after + " in a new life after " + before);
    }
}
