package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Applied;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Payload;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** C6: withdrawing. */
final class WithdrawRules {
    private WithdrawRules() {}

    static Chapter chapter() {
        return new Chapter("Withdrawals")
                .check("C6", "a commit that was never sent can never be", WithdrawRules::neverSent)
                .check("C6", "an applied contender with its reply lost is undone", WithdrawRules::undone)
                .check("C6", "an applied commit of another kind stays", WithdrawRules::applied)
                .check("C6", "a lost request never takes effect", WithdrawRules::lostRequest)
                .check("C6", "a lost request whose withdrawal is in doubt was never applied", WithdrawRules::lostTwice)
                .check("C6", "a held-up request never takes effect", WithdrawRules::heldRequest)
                .check("C6", "withdrawing a contender in flight leaves nothing", WithdrawRules::contenderInFlight)
                .check("C6", "withdrawing a write in flight tells whether it is there", WithdrawRules::writeInFlight);
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Payload.empty(), CreateMode.PERSISTENT);
    }

    private static Write contender(CreateMode mode) {
        return Write.createSequential(Lab.at("/q"), "lock-", Payload.empty(), mode);
    }

    private static Withdrawal withdraw(Lab lab, Client client, Commit commit) {
        return lab.await(client.session().withdraw(commit.opId(), lab.deadline()), "withdraw");
    }

    private static void assertRefusedForEver(Lab lab, Client client, Commit commit) {
        InvalidRequestException refused = lab.failure(
                InvalidRequestException.class,
                client.session().commit(commit.withDeadline(lab.deadline())),
                "a commit after its withdrawal");
        assertEquals(Applied.NO, refused.applied());
    }

    private static void neverSent(Lab lab) {
        Client client = lab.client();
        for (Write write : List.of(create("/n"), contender(CreateMode.EPHEMERAL_SEQUENTIAL))) {
            Commit commit = client.commit().write(write).build();
            assertEquals(Withdrawal.NEVER_APPLIED, withdraw(lab, client, commit));
            assertRefusedForEver(lab, client, commit);
        }
        client.assertAbsent("/n");
        assertEquals(List.of(), client.contenders("/q", "lock-"));
    }

    /** Sends a commit and loses its reply. */
    private static Commit inDoubt(Lab lab, Client client, Write... writes) {
        Commit.Builder builder = client.commitWithin(lab.ttl().dividedBy(2));
        for (Write write : writes) {
            builder.write(write);
        }
        Commit commit = builder.build();
        lab.dropReply(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        lab.need(answered.isEmpty(), "the backend under test found the lost reply's outcome out by itself");
        return commit;
    }

    private static void undone(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        Commit commit = inDoubt(lab, client, contender(CreateMode.EPHEMERAL_SEQUENTIAL));
        assertEquals(Withdrawal.UNDONE, withdraw(lab, client, commit));
        assertEquals(List.of(), other.contenders("/q", "lock-"), "contenders after the withdrawal");
    }

    private static void applied(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        Commit named = inDoubt(lab, client, create("/n"));
        assertEquals(Withdrawal.APPLIED, withdraw(lab, client, named));
        other.assertPresent("/n");
        Commit deleted = inDoubt(lab, client, Write.delete(Lab.at("/n")));
        assertEquals(Withdrawal.APPLIED, withdraw(lab, client, deleted));
        other.assertAbsent("/n");
        Commit both = inDoubt(lab, client, create("/m"), contender(CreateMode.EPHEMERAL_SEQUENTIAL));
        assertEquals(Withdrawal.APPLIED, withdraw(lab, client, both));
        other.assertPresent("/m");
        assertEquals(1, other.contenders("/q", "lock-").size(), "contenders");
        Commit persistent = inDoubt(lab, client, contender(CreateMode.PERSISTENT_SEQUENTIAL));
        assertEquals(Withdrawal.APPLIED, withdraw(lab, client, persistent));
        assertEquals(2, other.contenders("/q", "lock-").size(), "contenders");
    }

    private static void lostRequest(Lab lab) {
        Client client = lab.client();
        for (Write write : List.of(create("/n"), contender(CreateMode.EPHEMERAL_SEQUENTIAL))) {
            Commit commit =
                    client.commitWithin(lab.ttl().dividedBy(2)).write(write).build();
            lab.dropRequest(client);
            Optional<CommitResult> answered = client.sendInDoubt(commit);
            lab.need(answered.isEmpty(), "the backend under test sent the lost request again by itself");
            assertEquals(Withdrawal.NEVER_APPLIED, withdraw(lab, client, commit));
            assertRefusedForEver(lab, client, commit);
        }
        client.assertAbsent("/n");
        assertEquals(List.of(), client.contenders("/q", "lock-"));
    }

    private static void lostTwice(Lab lab) {
        Client other = lab.client();
        for (Write write : List.of(create("/n"), contender(CreateMode.EPHEMERAL_SEQUENTIAL))) {
            Client client = lab.client();
            Commit commit =
                    client.commitWithin(lab.ttl().dividedBy(2)).write(write).build();
            lab.dropRequest(client);
            Optional<CommitResult> answered = client.sendInDoubt(commit);
            lab.need(answered.isEmpty(), "the backend under test sent the lost request again by itself");
            lab.dropReplyOfSettling(client);
            assertEquals(Withdrawal.NEVER_APPLIED, withdrawAgain(lab, client, commit));
        }
        other.assertAbsent("/n");
        assertEquals(List.of(), other.contenders("/q", "lock-"));
    }

    /** As often as it takes. */
    private static Withdrawal withdrawAgain(Lab lab, Client client, Commit commit) {
        long deadline = lab.deadline();
        while (true) {
            try {
                return withdraw(lab, client, commit);
            } catch (IndeterminateException | UnavailableException passing) {
                if (lab.time().isPast(deadline)) {
                    throw passing;
                }
                lab.pass(lab.ttl().dividedBy(100));
            }
        }
    }

    private static void heldRequest(Lab lab) {
        Client client = lab.client();
        for (Write write : List.of(create("/n"), contender(CreateMode.EPHEMERAL_SEQUENTIAL))) {
            Commit commit =
                    client.commitWithin(lab.ttl().dividedBy(4)).write(write).build();
            lab.hold(client);
            Optional<CommitResult> answered = client.sendInDoubt(commit);
            lab.need(answered.isEmpty(), "the backend under test sent the held request again by itself");
            Withdrawal withdrawal = withdraw(lab, client, commit);
            lab.release(client);
            lab.pass(lab.ttl().dividedBy(4));
            assertEquals(Withdrawal.NEVER_APPLIED, withdrawal);
        }
        client.assertAbsent("/n");
        assertEquals(List.of(), client.contenders("/q", "lock-"), "a late request made a contender");
    }

    private static void contenderInFlight(Lab lab) {
        Client client = lab.client();
        for (int i = 0; i < 5; i++) {
            Commit commit = client.commit()
                    .write(contender(CreateMode.EPHEMERAL_SEQUENTIAL))
                    .build();
            CompletionStage<CommitResult> running = client.session().commit(commit);
            if (running.toCompletableFuture().isDone()) {
                CommitResult.Applied done = (CommitResult.Applied) lab.await(running, "commit");
                client.delete(done.created().get(0).path());
                continue;
            }
            Withdrawal withdrawal = withdraw(lab, client, commit);
            assertTrue(withdrawal != Withdrawal.APPLIED, "a contender alone is undone or never applied");
            lab.await(running.handle((result, failure) -> true), "the commit that was withdrawn");
            lab.pass(lab.ttl().dividedBy(20));
            assertEquals(List.of(), client.contenders("/q", "lock-"), "contenders after " + withdrawal);
        }
    }

    private static void writeInFlight(Lab lab) {
        Client client = lab.client();
        for (int i = 0; i < 5; i++) {
            Commit commit = client.commit().write(create("/n" + i)).build();
            CompletionStage<CommitResult> running = client.session().commit(commit);
            if (running.toCompletableFuture().isDone()) {
                continue;
            }
            Withdrawal withdrawal = withdraw(lab, client, commit);
            lab.await(running.handle((result, failure) -> true), "the commit that was withdrawn");
            lab.pass(lab.ttl().dividedBy(20));
            assertEquals(
                    withdrawal == Withdrawal.APPLIED,
                    client.get("/n" + i).isPresent(),
                    "the node is there after " + withdrawal);
            assertTrue(withdrawal != Withdrawal.UNDONE, "only contenders are undone");
        }
    }
}
