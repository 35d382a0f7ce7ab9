package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;

/** T1 to T5: belief and deadlines. */
final class TimeRules {
    private TimeRules() {}

    static Chapter chapter() {
        return new Chapter("Time")
                .check("T1", "belief never decreases and never exceeds one time-out", TimeRules::beliefGrows)
                .check("T1", "belief counts from the send, not the receipt", TimeRules::beliefFromSend)
                .check("T1", "the store keeps the session while it is believed", TimeRules::beliefIsTrue)
                .check("T2", "a cut freezes belief", TimeRules::beliefFreezes)
                .check("T3", "keepFresh keeps belief ahead", TimeRules::beliefStaysAhead)
                .check("T3", "a completed commit renews belief", TimeRules::commitRenews)
                .check("T4", "every stage completes by its deadline", TimeRules::deadlines)
                .check("T4", "an open whose deadline has passed fails", TimeRules::openAfterDeadline)
                .check("T5", "time is the timekeeper's", TimeRules::timekeeper)
                .check("T5", "without time passing nothing runs out", TimeRules::timeStandsStill);
    }

    private static void beliefGrows(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(true);
        AtomicLong before = new AtomicLong(client.session().validUntilNanos());
        lab.passing(lab.ttl().multipliedBy(2), () -> {
            long valid = client.session().validUntilNanos();
            long ahead = valid - lab.now();
            assertTrue(valid - before.get() >= 0, "belief went back by " + Duration.ofNanos(before.get() - valid));
            assertTrue(
                    ahead <= client.session().ttl().toNanos(), () -> "belief is " + Duration.ofNanos(ahead) + " ahead");
            before.set(valid);
        });
    }

    private static void beliefFromSend(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(true);
        Duration roundTrip = lab.ttl().dividedBy(8);
        lab.slowDown(client, roundTrip);
        // what was on its way before the connection became slow comes in first
        lab.pass(lab.ttl().dividedBy(4));
        long begun = lab.now();
        long most = client.session().ttl().minus(roundTrip).toNanos();
        AtomicLong before = new AtomicLong(client.session().validUntilNanos());
        long first = before.get();
        lab.passing(lab.ttl().multipliedBy(2), () -> {
            long valid = client.session().validUntilNanos();
            long ahead = valid - lab.now();
            assertFalse(
                    valid != before.get() && ahead > most,
                    () -> "a renewal over a round trip of " + roundTrip + " left belief " + Duration.ofNanos(ahead)
                            + " ahead");
            before.set(valid);
        });
        assertTrue(before.get() - first > 0, "belief was renewed within " + Duration.ofNanos(lab.now() - begun));
        lab.slowDown(client, Duration.ZERO);
    }

    private static void beliefIsTrue(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        client.session().keepFresh(true);
        client.ephemeral("/e");
        lab.pass(lab.ttl());
        lab.cut(client);
        Duration margin = lab.virtualTime() ? lab.ttl().dividedBy(100) : lab.slack();
        long end = client.session().validUntilNanos() - margin.toNanos();
        while (lab.now() - end < 0) {
            lab.pass(min(Duration.ofNanos(end - lab.now()), lab.ttl().dividedBy(20)));
            boolean there = other.get("/e").isPresent();
            // looking takes time as well
            boolean believed = client.session().validUntilNanos() - lab.now() > 0;
            assertTrue(there || !believed, "the store ended a session that its client still believed");
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static void beliefFreezes(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(true);
        lab.pass(lab.ttl());
        lab.cut(client);
        long cutAt = lab.now();
        long most = cutAt + client.session().ttl().toNanos();
        Duration onTheWay = lab.ttl().dividedBy(4); // for answers that had passed when the cut came
        lab.passing(
                onTheWay,
                () -> assertTrue(
                        client.session().validUntilNanos() - most <= 0,
                        "belief reaches beyond one time-out after the cut"));
        long frozen = client.session().validUntilNanos();
        lab.passing(lab.ttl().minus(onTheWay).plus(lab.slack()), () -> {
            long valid = client.session().validUntilNanos();
            assertEquals(frozen, valid, "belief moved during a cut");
        });
        assertTrue(client.session().validUntilNanos() - lab.now() <= 0, "belief passed within one time-out");
    }

    private static void beliefStaysAhead(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(false);
        lab.pass(lab.ttl());
        client.session().keepFresh(true);
        client.create("/n", "");
        lab.passing(lab.ttl().multipliedBy(3), () -> {
            long ahead = client.session().validUntilNanos() - lab.now();
            assertTrue(
                    ahead > 0, () -> "belief lapsed " + Duration.ofNanos(-ahead) + " ago, with keepFresh and contact");
            assertEquals(SessionState.ACTIVE, client.session().state());
        });
    }

    private static void commitRenews(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(false);
        for (int i = 0; i < 3; i++) {
            lab.pass(lab.ttl().multipliedBy(2));
            CompletionStage<Boolean> believed = client.session()
                    .commit(client.commit().write(create("/n" + i)).build())
                    .thenApply(done -> client.session().validUntilNanos() - lab.now() > 0);
            assertTrue(lab.await(believed, "commit"), "belief lies ahead when a commit completes");
            assertEquals(SessionState.ACTIVE, client.session().state());
        }
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Payload.empty(), CreateMode.PERSISTENT);
    }

    private static void deadlines(Lab lab) {
        Client client = lab.client();
        lab.cut(client);
        Duration wait = lab.ttl().dividedBy(8);
        long deadline = lab.time().deadlineAfter(wait);
        Commit commit = Commit.builder(client.session().newOpId(), deadline)
                .write(create("/n"))
                .build();
        SessionSpec spec = new SessionSpec(lab.ttl(), 99);
        List<CompletionStage<?>> stages = List.of(
                client.session().commit(commit),
                client.session().withdraw(client.session().newOpId(), deadline),
                client.session().read(List.of(Query.get(Lab.at("/n"))), ReadLevel.LINEARIZABLE, deadline),
                client.session().read(List.of(Query.get(Lab.at("/n"))), ReadLevel.OWN_WRITES, deadline),
                client.backend().openSession(spec, (session, state) -> {}, deadline));
        lab.pass(wait.plus(lab.slack()));
        for (int i = 0; i < stages.size(); i++) {
            assertTrue(stages.get(i).toCompletableFuture().isDone(), "stage " + i + " is open after its deadline");
        }
    }

    private static void openAfterDeadline(Lab lab) {
        Client client = lab.client();
        long past = lab.now() - 1_000_000;
        lab.failure(
                UnavailableException.class,
                client.backend().openSession(new SessionSpec(lab.ttl(), 98), (session, state) -> {}, past),
                "opening after the deadline");
        CompletionStage<?> read = client.session().read(List.of(Query.get(Lab.at("/n"))), ReadLevel.LINEARIZABLE, past);
        lab.await(read.handle((views, failure) -> true), "a read after its deadline");
    }

    private static void timekeeper(Lab lab) {
        Client client = lab.client();
        assertSame(lab.time(), client.backend().timekeeper());
        long valid = client.session().validUntilNanos() - lab.now();
        assertTrue(Math.abs(valid) <= client.session().ttl().toNanos(), "belief is on the timekeeper's scale");
    }

    private static void timeStandsStill(Lab lab) {
        lab.need(lab.virtualTime(), "real time passes by itself");
        Client client = lab.client();
        client.session().keepFresh(true);
        client.ephemeral("/e");
        lab.cut(client);
        long valid = client.session().validUntilNanos();
        Patience.realPause(Duration.ofMillis(60));
        lab.settle();
        assertEquals(valid, client.session().validUntilNanos(), "belief, no time having passed");
        assertFalse(client.states().has(SessionState.DOUBTFUL), "DOUBTFUL with no time having passed");
        lab.pass(lab.ttl().multipliedBy(2).plus(lab.slack()));
        assertEquals(SessionState.LOST, client.session().state(), "as soon as the timekeeper's time has passed");
    }
}
