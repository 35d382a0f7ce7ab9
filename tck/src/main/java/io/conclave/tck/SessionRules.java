package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Backend;
import io.conclave.spi.Capabilities;
import io.conclave.spi.SessionState;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** S1, S2, S3, S5, S6: identity, time-out and states. */
final class SessionRules {
    private SessionRules() {}

    static Chapter chapter() {
        return new Chapter("Sessions")
                .check("S1", "ids are never used twice", SessionRules::idsAreUnique)
                .check("S1", "the id of an expired session does not come again", SessionRules::idsAreUniqueOverExpiry)
                .check("S1", "incarnation is the one asked for", SessionRules::incarnation)
                .check("S2", "the granted time-out is the asked one rounded up", SessionRules::grantedTtl)
                .check("S3", "a closed session tells CLOSED once", SessionRules::closedOnce)
                .check("S3", "an expired session tells LOST once and nothing after", SessionRules::lostIsFinal)
                .check("S3", "a session that was cut off and healed is ACTIVE again", SessionRules::backToActive)
                .check("S5", "a cut session tells SUSPENDED, DOUBTFUL and LOST in time", SessionRules::lostByItself)
                .check("S6", "a short cut leaves session and nodes in place", SessionRules::shortCut)
                .check("S6", "an idle session lives on", SessionRules::idleSessionLives);
    }

    private static void idsAreUnique(Lab lab) {
        Set<String> ids = new HashSet<>();
        Backend one = lab.connect();
        Backend other = lab.connect();
        for (int i = 0; i < 6; i++) {
            Client client = lab.client(i % 2 == 0 ? one : other);
            assertFalse(client.session().id().isEmpty(), "a session has an id");
            assertTrue(ids.add(client.session().id()), "id " + client.session().id() + " came again");
            if (i >= 2) {
                lab.await(client.session().closeAsync(), "closeAsync");
            }
        }
    }

    private static void idsAreUniqueOverExpiry(Lab lab) {
        Client first = lab.client();
        lab.expire(first);
        lab.until(() -> first.states().has(SessionState.LOST), "LOST");
        Client second = lab.client(first.backend());
        assertFalse(first.session().id().equals(second.session().id()), "the id of a lost session came again");
    }

    private static void incarnation(Lab lab) {
        Backend backend = lab.connect();
        assertEquals(1, lab.client(backend).session().incarnation());
        assertEquals(2, lab.client(backend).session().incarnation());
    }

    private static void grantedTtl(Lab lab) {
        Backend backend = lab.connect();
        Capabilities can = backend.capabilities();
        for (Duration asked : List.of(
                Duration.ofNanos(1),
                lab.ttl(),
                lab.ttl().plus(can.ttlStep().dividedBy(2)),
                lab.ttl().plusNanos(1))) {
            Duration granted =
                    lab.client(backend, asked, (session, state) -> {}).session().ttl();
            Duration atLeast = asked.compareTo(can.minimumTtl()) < 0 ? can.minimumTtl() : asked;
            assertEquals(roundUp(atLeast, can.ttlStep()), granted, "granted for " + asked);
        }
    }

    private static Duration roundUp(Duration time, Duration step) {
        long steps = (time.toNanos() + step.toNanos() - 1) / step.toNanos();
        return step.multipliedBy(steps);
    }

    private static void closedOnce(Lab lab) {
        Client client = lab.client();
        assertEquals(SessionState.ACTIVE, client.session().state());
        lab.await(client.session().closeAsync(), "closeAsync");
        lab.await(client.session().closeAsync(), "a second closeAsync");
        lab.until(() -> client.states().has(SessionState.CLOSED), "CLOSED being told");
        lab.pass(lab.ttl().multipliedBy(2));
        assertEquals(SessionState.CLOSED, client.session().state());
        assertEquals(List.of(SessionState.CLOSED), client.states().changes());
    }

    private static void lostIsFinal(Lab lab) {
        Client client = lab.client();
        lab.expire(client);
        lab.until(() -> client.states().has(SessionState.LOST), "LOST being told");
        lab.await(client.session().closeAsync(), "closeAsync of a lost session");
        lab.pass(lab.ttl().multipliedBy(2));
        assertEquals(SessionState.LOST, client.session().state());
        assertLegal(client.states().raw());
        assertEquals(SessionState.LOST, last(client.states().raw()), "LOST is final");
    }

    private static void backToActive(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(true);
        lab.cut(client);
        lab.until(() -> client.states().has(SessionState.SUSPENDED), "SUSPENDED being told");
        lab.heal(client);
        lab.until(
                () -> client.session().state() == SessionState.ACTIVE
                        || client.session().state().isFinal(),
                "the end of the suspension");
        lab.settle();
        assertLegal(client.states().raw());
    }

    /** Every change is one of rule S3. */
    private static void assertLegal(List<SessionState> told) {
        SessionState before = SessionState.ACTIVE;
        for (int i = 0; i < told.size(); i++) {
            SessionState next = told.get(i);
            boolean first = i == 0 && next == SessionState.ACTIVE;
            assertTrue(first || isLegal(before, next), "from " + before + " to " + next + " in " + told);
            before = next;
        }
    }

    private static boolean isLegal(SessionState from, SessionState to) {
        return switch (to) {
            case ACTIVE -> from == SessionState.SUSPENDED || from == SessionState.DOUBTFUL;
            case SUSPENDED -> from == SessionState.ACTIVE;
            case DOUBTFUL -> from == SessionState.SUSPENDED;
            case LOST, CLOSED -> !from.isFinal();
        };
    }

    private static SessionState last(List<SessionState> states) {
        return states.get(states.size() - 1);
    }

    private static void lostByItself(Lab lab) {
        Client client = lab.client();
        client.session().keepFresh(true);
        lab.pass(lab.ttl().dividedBy(2));
        lab.cut(client);
        long cutAt = lab.now();
        Duration ttl = client.session().ttl();
        lab.passing(ttl.multipliedBy(2).plus(lab.slack()), () -> assertDoubtfulInTime(lab, client));
        for (SessionState state : List.of(SessionState.SUSPENDED, SessionState.DOUBTFUL, SessionState.LOST)) {
            OptionalLong at = client.states().when(state);
            assertTrue(
                    at.isPresent(),
                    state + " was not told within two time-outs of the cut: "
                            + client.states().raw());
        }
        long lostAfter = client.states().when(SessionState.LOST).orElseThrow() - cutAt;
        assertTrue(
                lostAfter <= ttl.multipliedBy(2).plus(lab.slack()).toNanos(),
                "LOST came " + Duration.ofNanos(lostAfter) + " after the cut");
        assertEquals(SessionState.LOST, client.session().state());
    }

    private static void assertDoubtfulInTime(Lab lab, Client client) {
        boolean believed = client.session().state() == SessionState.ACTIVE
                || client.session().state() == SessionState.SUSPENDED;
        long late = lab.now() - client.session().validUntilNanos();
        assertFalse(
                believed && late > lab.slack().toNanos(),
                () -> client.session().state() + " " + Duration.ofNanos(late) + " after validUntil");
    }

    private static void shortCut(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        client.session().keepFresh(true);
        client.ephemeral("/mine");
        lab.pass(lab.ttl().dividedBy(2));
        lab.cut(client);
        lab.pass(lab.ttl().multipliedBy(2).dividedBy(5));
        lab.heal(client);
        lab.until(() -> client.session().state() == SessionState.ACTIVE, "ACTIVE after a short cut");
        lab.pass(lab.ttl().multipliedBy(2));
        assertFalse(
                client.states().has(SessionState.LOST), "the session was lost by a cut of two fifths of its time-out");
        assertEquals(SessionState.ACTIVE, client.session().state());
        other.assertPresent("/mine");
    }

    private static void idleSessionLives(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        client.session().keepFresh(false);
        client.ephemeral("/mine");
        lab.pass(lab.ttl().multipliedBy(3));
        other.assertPresent("/mine");
        assertEquals(SessionState.ACTIVE, client.session().state());
    }
}
