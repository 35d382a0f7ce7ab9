package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** C4, C5, C8, C9, C10: outcomes that are not known at once. */
final class OutcomeRules {
    private OutcomeRules() {}

    static Chapter chapter() {
        return new Chapter("Unknown outcomes")
                .check("C4", "a lost reply of a contender's create", OutcomeRules::contenderOnce)
                .check("C4", "a lost reply of a create that others deleted since", OutcomeRules::createThenDeleted)
                .check("C4", "a lost reply of a put that others put over since", OutcomeRules::putThenPut)
                .check(
                        "C4",
                        "a lost reply of a delete whose node others made again since",
                        OutcomeRules::deleteThenCreated)
                .check("C4", "a lost reply of a guarded commit of several writes", OutcomeRules::severalWrites)
                .check("C4", "a lost reply of a refusal", OutcomeRules::lostRefusal)
                .check("C4", "a lost request is applied when called again, once", OutcomeRules::lostRequest)
                .check(
                        "C4",
                        "a lost request that is refused by now stays refused if that reply is lost too",
                        OutcomeRules::lostRequestAndRefusal)
                .check("C5", "a held-up request has no effect after the retry's answer", OutcomeRules::heldRequest)
                .check("C5", "a request cut off on its way has one effect", OutcomeRules::cutRequest)
                .check("C8", "a recovered contender that is gone is told by its stem", OutcomeRules::recoveredStem)
                .check("C9", "a recovered outcome has all its reads or none", OutcomeRules::recoveredReads)
                .check("C10", "a commit whose deadline has passed is not sent", OutcomeRules::deadlineBefore)
                .check(
                        "C10",
                        "a commit whose deadline passes on the way is unknown or was not sent",
                        OutcomeRules::deadlineAfter);
    }

    private static Commit.Builder brief(Lab lab, Client client) {
        return client.commitWithin(lab.ttl().dividedBy(2));
    }

    private static Write put(String path, String data) {
        return Write.put(Lab.at(path), Lab.text(data));
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Lab.text("first"), CreateMode.PERSISTENT);
    }

    private static Write contender(String directory) {
        return Write.createSequential(Lab.at(directory), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    /** Sends with the reply lost, does something else, and asks again as long as the outcome stays unknown. */
    private static CommitResult recovered(Lab lab, Client client, Commit commit, Runnable meanwhile) {
        lab.dropReply(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        meanwhile.run();
        return answered.isPresent() ? answered.get() : client.sendAgain(commit);
    }

    private static CommitResult.Applied applied(CommitResult result) {
        return assertInstanceOf(CommitResult.Applied.class, result, "the result of the first");
    }

    private static void contenderOnce(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        NodePath before = other.contend("/q").path();
        Commit commit = brief(lab, client).write(contender("/q")).build();
        CommitResult.Applied applied = applied(recovered(lab, client, commit, () -> other.contend("/q")));
        Node made = applied.created().get(0);
        List<NodePath> listed = other.contenders("/q", "lock-");
        assertEquals(3, listed.size(), "contenders in " + listed);
        assertEquals(List.of(before, made.path()), listed.subList(0, 2), "the place is that of the first");
        Node read = other.get(made.path()).orElseThrow();
        assertEquals(read.createdRevision(), made.createdRevision());
    }

    private static void createThenDeleted(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        Commit commit = brief(lab, client).write(create("/n")).build();
        applied(recovered(lab, client, commit, () -> other.delete("/n")));
        other.assertAbsent("/n");
    }

    private static void putThenPut(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        other.create("/n", "");
        Commit commit = brief(lab, client).write(put("/n", "first")).build();
        applied(recovered(lab, client, commit, () -> other.put("/n", "second")));
        assertEquals("second", other.data("/n"), "the retry must not write over the other's data");
    }

    private static void deleteThenCreated(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        other.create("/n", "");
        Commit commit = brief(lab, client).write(Write.delete(Lab.at("/n"))).build();
        applied(recovered(lab, client, commit, () -> other.create("/n", "again")));
        assertEquals("again", other.data("/n"), "the retry must not delete the other's node");
    }

    private static void severalWrites(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        other.create("/n", "0");
        other.create("/old", "");
        Commit commit = brief(lab, client)
                .guard(Guard.absent(Lab.at("/new")))
                .write(create("/new"))
                .write(contender("/q"))
                .write(put("/n", "first"))
                .write(Write.delete(Lab.at("/old")))
                .build();
        CommitResult.Applied applied = applied(recovered(lab, client, commit, () -> {
            other.put("/n", "second");
            other.create("/old", "again");
        }));
        assertEquals(2, applied.created().size(), "creates told");
        assertEquals("second", other.data("/n"));
        assertEquals("again", other.data("/old"));
        assertEquals(1, other.contenders("/q", "lock-").size(), "contenders");
    }

    private static void lostRefusal(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        other.create("/n", "");
        Commit commit = brief(lab, client)
                .guard(Guard.absent(Lab.at("/n")))
                .write(create("/m"))
                .build();
        CommitResult result = recovered(lab, client, commit, () -> {});
        assertEquals(0, assertInstanceOf(CommitResult.Refused.class, result).index());
        other.assertAbsent("/m");
    }

    private static void lostRequest(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        Commit commit =
                brief(lab, client).write(create("/n")).write(contender("/q")).build();
        lab.dropRequest(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        applied(answered.isPresent() ? answered.get() : client.sendAgain(commit));
        other.assertPresent("/n");
        assertEquals(1, other.contenders("/q", "lock-").size(), "contenders");
    }

    private static void lostRequestAndRefusal(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        long version = other.create("/n", "0").version();
        Commit commit = brief(lab, client)
                .guard(Guard.versionIs(Lab.at("/n"), version))
                .write(put("/n", "first"))
                .build();
        lab.dropRequest(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        lab.need(answered.isEmpty(), "the backend under test sent the lost request again by itself");
        other.put("/n", "second");
        lab.dropReplyOfSettling(client);
        answered = client.sendInDoubt(commit.withDeadline(lab.deadline()));
        CommitResult result = answered.isPresent() ? answered.get() : client.sendAgain(commit);
        assertEquals(0, assertInstanceOf(CommitResult.Refused.class, result).index());
        assertEquals("second", other.data("/n"));
    }

    private static void heldRequest(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        other.create("/n", "0");
        Commit commit = brief(lab, client)
                .write(put("/n", "first"))
                .write(contender("/q"))
                .build();
        lab.hold(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        applied(answered.isPresent() ? answered.get() : client.sendAgain(commit));
        other.put("/n", "second");
        lab.release(client);
        lab.pass(lab.ttl().dividedBy(2));
        assertEquals("second", other.data("/n"), "a late request wrote after its retry had been answered");
        assertEquals(1, other.contenders("/q", "lock-").size(), "contenders");
    }

    private static void cutRequest(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        other.create("/n", "0");
        Commit commit = client.commitWithin(lab.ttl().dividedBy(8))
                .write(put("/n", "first"))
                .write(contender("/q"))
                .build();
        lab.cut(client);
        BackendException failure = lab.failure(client.session().commit(commit), "a commit while cut off");
        lab.heal(client);
        lab.until(() -> client.session().state() == SessionState.ACTIVE, "ACTIVE after a short cut");
        assertTrue(
                failure instanceof IndeterminateException || failure instanceof UnavailableException,
                "a commit while cut off failed with " + failure);
        applied(client.sendAgain(commit));
        other.put("/n", "second");
        lab.pass(lab.ttl().dividedBy(2));
        assertEquals("second", other.data("/n"), "a late request wrote after its retry had been answered");
        assertEquals(1, other.contenders("/q", "lock-").size(), "contenders");
    }

    private static void recoveredStem(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        Commit commit = brief(lab, client).write(contender("/q")).build();
        lab.dropReply(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        lab.need(answered.isEmpty(), "the backend under test found the lost reply's outcome out by itself");
        NodePath real = other.contenders("/q", "lock-").get(0);
        other.delete(real);
        Node told = applied(client.sendAgain(commit)).created().get(0);
        assertTrue(told.sequence().isEmpty(), "the number of a node that is gone is not told");
        String stem = told.name();
        assertTrue(real.name().startsWith(stem), stem + " is the beginning of " + real.name());
        assertTrue(stem.endsWith("lock-"), stem + " ends with the tag");
        assertEquals(Lab.at("/q"), told.path().parent());
    }

    private static void recoveredReads(Lab lab) {
        Client client = lab.client();
        Commit commit = brief(lab, client)
                .write(contender("/q"))
                .then(Query.contenders(Lab.at("/q"), List.of("lock-")))
                .then(Query.get(Lab.at("/q/none")))
                .then(Query.children(Lab.at("/q")))
                .build();
        CommitResult.Applied applied = applied(recovered(lab, client, commit, () -> {}));
        int views = applied.then().size();
        assertTrue(views == 0 || views == 3, views + " views for 3 queries");
    }

    private static void deadlineBefore(Lab lab) {
        Client client = lab.client();
        Duration past = Duration.ofMillis(1);
        Commit commit = Commit.builder(client.session().newOpId(), lab.now() - past.toNanos())
                .write(create("/late"))
                .build();
        lab.failure(UnavailableException.class, client.session().commit(commit), "a commit after its deadline");
        lab.pass(lab.ttl().dividedBy(4));
        client.assertAbsent("/late");
    }

    private static void deadlineAfter(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        lab.cut(client);
        Duration wait = lab.ttl().dividedBy(8);
        long deadline = lab.time().deadlineAfter(wait);
        Commit commit = Commit.builder(client.session().newOpId(), deadline)
                .write(create("/late"))
                .build();
        BackendException failure = lab.failure(client.session().commit(commit), "a commit while cut off");
        long late = lab.now() - deadline;
        assertTrue(late <= lab.slack().toNanos(), () -> "completed " + Duration.ofNanos(late) + " after its deadline");
        boolean unsent = failure instanceof UnavailableException;
        assertTrue(unsent || failure instanceof IndeterminateException, "failed with " + failure);
        lab.heal(client);
        lab.pass(lab.ttl().dividedBy(2));
        assertFalse(unsent && other.get("/late").isPresent(), "said not to be sent, and there it is");
    }
}
