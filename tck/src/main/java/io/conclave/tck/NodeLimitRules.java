package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.Query;
import io.conclave.spi.TooManyOperationsException;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** N9 to N11: what nodes refuse. */
final class NodeLimitRules {
    /** Limits above these are believed: to try them would take the machine's memory. */
    private static final int BYTES_MAX = 64_000_000;

    private static final int OPERATIONS_MAX = 20_000;

    private NodeLimitRules() {}

    static Chapter chapter() {
        return new Chapter("Limits of nodes")
                .check("N9", "nothing is made below an ephemeral node", NodeLimitRules::noChildOfEphemeral)
                .check(
                        "N9",
                        "nothing is made below an ephemeral node of the same commit",
                        NodeLimitRules::noChildAtOnce)
                .check("N10", "the largest payload is taken", NodeLimitRules::largestPayload)
                .check("N10", "one byte more is refused and disturbs nobody", NodeLimitRules::oneByteMore)
                .check("N10", "a commit of too many bytes is refused", NodeLimitRules::tooManyBytes)
                .check("N10", "a commit of too many operations is refused", NodeLimitRules::tooManyOperations)
                .check("N10", "a commit of the most operations is taken", NodeLimitRules::mostOperations)
                .check(
                        "N11",
                        "a value for a directory of contenders is taken or refused",
                        NodeLimitRules::valueOfContenders);
    }

    private static void noChildOfEphemeral(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        client.ephemeral("/e");
        List<Write> below = List.of(
                create("/e/c", 0),
                create("/e/x/y", 0),
                Write.createSequential(Lab.at("/e"), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL));
        for (Write write : below) {
            for (Client maker : List.of(client, other)) {
                assertInvalid(
                        lab, maker, maker.commit().write(create("/beside", 0)).write(write));
            }
        }
        client.assertAbsent("/beside");
        client.assertAbsent("/e/c");
        client.assertPresent("/e");
    }

    private static void noChildAtOnce(Lab lab) {
        Client client = lab.client();
        Write ephemeral = Write.create(Lab.at("/e"), Payload.empty(), CreateMode.EPHEMERAL);
        assertInvalid(lab, client, client.commit().write(ephemeral).write(create("/e/c", 0)));
        client.assertAbsent("/e");
    }

    private static void assertInvalid(Lab lab, Client client, Commit.Builder commit) {
        InvalidRequestException invalid = lab.failure(
                InvalidRequestException.class,
                client.session().commit(commit.build()),
                "a node below an ephemeral one");
        assertEquals(Applied.NO, invalid.applied());
    }

    private static Write create(String path, int bytes) {
        return Write.create(Lab.at(path), Payload.of(new byte[bytes]), CreateMode.PERSISTENT);
    }

    private static int payloadLimit(Lab lab) {
        int limit = lab.capabilities().maxPayloadBytes();
        lab.need(limit <= BYTES_MAX, "the largest payload has " + limit + " bytes, too many to try");
        return limit;
    }

    private static void largestPayload(Lab lab) {
        Client client = lab.client();
        int limit = payloadLimit(lab);
        client.write(create("/large", limit));
        assertEquals(limit, lab.client().get("/large").orElseThrow().data().size());
        byte[] ones = new byte[limit];
        Arrays.fill(ones, (byte) 1);
        client.write(Write.put(Lab.at("/large"), Payload.of(ones)));
        assertEquals(Payload.of(ones), lab.client().get("/large").orElseThrow().data());
    }

    private static void oneByteMore(Lab lab) {
        Client client = lab.client();
        int limit = payloadLimit(lab);
        client.create("/small", "");
        List<CompletionStage<CommitResult>> beside = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            beside.add(client.session()
                    .commit(client.commit().write(create("/beside" + i, 1)).build()));
        }
        for (Write write :
                List.of(create("/large", limit + 1), Write.put(Lab.at("/small"), Payload.of(new byte[limit + 1])))) {
            PayloadTooLargeException large = lab.failure(
                    PayloadTooLargeException.class,
                    client.session().commit(client.commit().write(write).build()),
                    "a payload of one byte more than the limit");
            assertEquals(Applied.NO, large.applied());
        }
        for (CompletionStage<CommitResult> stage : beside) {
            assertInstanceOf(CommitResult.Applied.class, lab.await(stage, "a commit beside the refused one"));
        }
        client.assertAbsent("/large");
        assertEquals("", client.data("/small"));
        assertTrue(client.states().changes().isEmpty(), "the session was disturbed by a payload that is too large");
    }

    private static void tooManyBytes(Lab lab) {
        Client client = lab.client();
        Capabilities can = lab.capabilities();
        lab.need(can.maxCommitBytes() <= BYTES_MAX, "a commit may have more bytes than can be tried");
        Commit.Builder commit = client.commit();
        int left = can.maxCommitBytes() + 1;
        for (int i = 0; left > 0; i++) {
            int bytes = Math.min(left, can.maxPayloadBytes());
            commit.write(create("/part" + i, bytes));
            left -= bytes;
        }
        Commit large = commit.build();
        lab.need(large.operations() <= can.maxOperations(), "a commit of so many bytes has too many operations");
        PayloadTooLargeException refused = lab.failure(
                PayloadTooLargeException.class, client.session().commit(large), "a commit of too many bytes");
        assertEquals(Applied.NO, refused.applied());
        client.assertAbsent("/part0");
    }

    private static Commit operations(Client client, String path, int count) {
        Commit.Builder commit = client.commit().write(create(path, 0));
        for (int i = 1; i < count; i++) {
            commit.then(Query.get(Lab.at("/x")));
        }
        return commit.build();
    }

    private static int operationLimit(Lab lab) {
        int limit = lab.capabilities().maxOperations();
        lab.need(limit <= OPERATIONS_MAX, "a commit may have " + limit + " operations, too many to try");
        return limit;
    }

    private static void tooManyOperations(Lab lab) {
        Client client = lab.client();
        Commit many = operations(client, "/many", operationLimit(lab) + 1);
        TooManyOperationsException refused = lab.failure(
                TooManyOperationsException.class, client.session().commit(many), "a commit of too many operations");
        assertEquals(Applied.NO, refused.applied());
        client.assertAbsent("/many");
    }

    private static void mostOperations(Lab lab) {
        Client client = lab.client();
        client.applied(operations(client, "/many", operationLimit(lab)));
        client.assertPresent("/many");
    }

    private static void valueOfContenders(Lab lab) {
        Client client = lab.client();
        NodePath contender = client.contend("/q").path();
        try {
            client.create("/q", "value");
            assertEquals("value", client.data("/q"));
        } catch (BackendException refused) {
            assertInstanceOf(InvalidRequestException.class, refused);
            client.assertAbsent("/q");
        }
        assertEquals(List.of(contender), client.contenders("/q", "lock-"));
    }
}
