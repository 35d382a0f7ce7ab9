package io.conclave.histories;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The checkers against objects with bugs that were planted on purpose, and against the same objects without. */
class PlantedBugsTest {
    private static final int SEEDS = 24;
    private static final int OPERATIONS = 250;
    private static final int CLIENTS = 5;
    private static final int UNKNOWN_PER_MILLE = 10;

    /** An object, how it is judged, and the bugs that it can have. */
    private record Case(
            String name,
            BiFunction<Random, String, Subject> subject,
            Function<History, Verdict> checker,
            List<String> bugs) {
        /** With few clients a lock is free now and then. */
        int clients() {
            return name.contains("lock") ? 2 : CLIENTS;
        }
    }

    private static final List<String> REGISTER_BUGS =
            List.of("stale read", "write lost", "write late", "failed write applied");
    private static final List<String> CAS_BUGS = List.of(
            "stale read",
            "write lost",
            "cas does not compare",
            "cas told but not done",
            "cas refused for nothing",
            "failed write applied");
    private static final List<String> COUNTER_BUGS =
            List.of("update lost", "added twice", "old value read", "told the value before", "failed addition applied");
    private static final List<String> LOCK_BUGS =
            List.of("two holders", "refused while free", "holds for ever", "release forgotten", "releases another's");
    private static final List<String> FENCED_BUGS = List.of(
            "two holders",
            "refused while free",
            "holds for ever",
            "release forgotten",
            "releases another's",
            "token twice",
            "token falls");
    private static final List<String> TOKEN_BUGS =
            List.of("two holders", "holds for ever", "token twice", "token falls");

    private static final List<Case> CASES = List.of(
            new Case(
                    "register",
                    (random, bug) -> new RegisterSubject(random, bug, false),
                    by(Models.register()),
                    REGISTER_BUGS),
            new Case(
                    "cas-register",
                    (random, bug) -> new RegisterSubject(random, bug, true),
                    by(Models.casRegister()),
                    CAS_BUGS),
            new Case("counter", CounterSubject::new, by(Models.counter()), COUNTER_BUGS),
            new Case("lock", (random, bug) -> new LockSubject(random, bug, false), by(Models.lock()), LOCK_BUGS),
            new Case(
                    "fenced-lock",
                    (random, bug) -> new LockSubject(random, bug, true),
                    by(Models.fencedLock()),
                    FENCED_BUGS),
            new Case("tokens", (random, bug) -> new LockSubject(random, bug, true), TokenCheck::check, TOKEN_BUGS));

    private static <S> Function<History, Verdict> by(Model<S> model) {
        return history -> LinearizabilityChecker.check(model, history);
    }

    private static History history(Case subject, String bug, int seed) {
        Random random = new Random(seed);
        return Simulation.run(
                random, () -> subject.subject().apply(random, bug), subject.clients(), UNKNOWN_PER_MILLE, OPERATIONS);
    }

    @Test
    void everyPlantedBugIsDetected() {
        List<String> missed = new ArrayList<>();
        int detected = 0;
        for (Case subject : CASES) {
            assertThat(subject.bugs()).as("bugs of " + subject.name()).hasSizeGreaterThanOrEqualTo(3);
            for (String bug : subject.bugs()) {
                int seeds = 0;
                for (int seed = 0; seed < SEEDS; seed++) {
                    Verdict verdict = subject.checker().apply(history(subject, bug, seed));
                    seeds += verdict instanceof Verdict.Violation ? 1 : 0;
                }
                // A bug that the checker sees in few histories of 250 operations would need luck in a real one.
                if (seeds >= SEEDS / 4) {
                    detected++;
                } else {
                    missed.add(subject.name() + ": " + bug + " in " + seeds + " of " + SEEDS + " histories");
                }
            }
        }
        int planted = CASES.stream().mapToInt(subject -> subject.bugs().size()).sum();
        System.out.println("FIGURES PlantedBugsTest: detected " + detected + "/" + planted + " planted bugs");
        assertThat(missed).isEmpty();
        assertThat(detected).isEqualTo(planted);
    }

    @Test
    void objectsWithoutBugsAreAccepted() {
        for (Case subject : CASES) {
            for (int seed = 0; seed < SEEDS; seed++) {
                History history = history(subject, "none", seed);
                Verdict verdict = subject.checker().apply(history);
                assertThat(verdict).as(subject.name() + ", seed " + seed).isInstanceOf(Verdict.Ok.class);
                assertThat(history.count(Outcome.UNKNOWN)).isPositive();
            }
        }
    }

    @Test
    void tenThousandOperationsOfAFencedLockTakeLessThanASecond() {
        Random random = new Random(7);
        History history = Simulation.run(random, () -> new LockSubject(random, "none", true), 8, 1, 10_000);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean(); // the machine may have other work at the same time
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long start = threads.getCurrentThreadCpuTime();
            Verdict verdict = LinearizabilityChecker.check(Models.fencedLock(), history);
            best = Math.min(best, threads.getCurrentThreadCpuTime() - start);
            assertThat(verdict).isInstanceOf(Verdict.Ok.class);
        }
        long start = threads.getCurrentThreadCpuTime();
        assertThat(TokenCheck.check(history)).isInstanceOf(Verdict.Ok.class);
        long tokens = threads.getCurrentThreadCpuTime() - start;
        System.out.println("FIGURES PlantedBugsTest: fenced lock, " + history + ": checked in " + best / 1_000_000
                + " ms of processor time, its tokens alone in " + tokens / 1_000_000 + " ms");
        assertThat(best).isLessThan(1_000_000_000L);
    }
}
