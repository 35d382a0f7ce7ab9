package io.conclave.histories;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Small histories of random answers, most of them wrong: the checker must agree with one that tries every order. */
class BruteForceTest {
    private static final int HISTORIES = 4_000;
    private static final int OPERATIONS_MAX = 6;

    /** What a random operation says: a verb with arguments, and a result for the case that it is ok. */
    private record Said(String verb, List<String> arguments, String result) {}

    @Test
    void registers() {
        compare(Models.register(), random -> register(random, random.nextInt(2)));
    }

    @Test
    void compareAndSetRegisters() {
        compare(Models.casRegister(), random -> register(random, random.nextInt(3)));
    }

    private static Said register(Random random, int kind) {
        String value = Integer.toString(random.nextInt(3));
        return switch (kind) {
            case 0 -> new Said("read", List.of(), value);
            case 1 -> new Said("write", List.of(value), null);
            default ->
                new Said(
                        "cas",
                        List.of(value, Integer.toString(random.nextInt(3))),
                        Boolean.toString(random.nextInt(3) > 0));
        };
    }

    @Test
    void counters() {
        compare(
                Models.counter(),
                random -> random.nextBoolean()
                        ? new Said("get", List.of(), Integer.toString(random.nextInt(5)))
                        : new Said(
                                "add",
                                List.of(Integer.toString(1 + random.nextInt(2))),
                                random.nextBoolean() ? null : Integer.toString(1 + random.nextInt(4))));
    }

    @Test
    void locks() {
        compare(Models.lock(), random -> lock(random, "true"));
    }

    @Test
    void fencedLocks() {
        compare(Models.fencedLock(), random -> lock(random, Integer.toString(1 + random.nextInt(4))));
    }

    private static Said lock(Random random, String granted) {
        List<String> holder = List.of(random.nextBoolean() ? "a" : "b");
        return switch (random.nextInt(6)) {
            case 0, 1 -> new Said("acquire", holder, granted);
            case 2 -> new Said("tryAcquire", holder, random.nextBoolean() ? "false" : granted);
            case 3 -> new Said("release", holder, null);
            case 4 -> new Said("expire", holder, null);
            default -> new Said("holds", holder, Boolean.toString(random.nextBoolean()));
        };
    }

    private static <S> void compare(Model<S> model, Function<Random, Said> words) {
        int linearizable = 0;
        for (int seed = 0; seed < HISTORIES; seed++) {
            Random random = new Random(seed);
            History history = random(random, words);
            boolean expected = explains(model, history.operations());
            Verdict verdict = LinearizabilityChecker.check(model, history);
            assertThat(verdict.isOk())
                    .as("%s, seed %d: %s", model.name(), seed, history.operations())
                    .isEqualTo(expected);
            if (verdict instanceof Verdict.Violation violation) {
                assertShortest(model, history, violation);
            }
            linearizable += expected ? 1 : 0;
        }
        System.out.println("FIGURES BruteForceTest: " + model.name() + ", " + HISTORIES + " histories agree, "
                + linearizable + " of them linearizable");
        assertThat(linearizable).isBetween(HISTORIES / 20, HISTORIES * 19 / 20);
    }

    /** The prefix cannot be explained, and each earlier moment could. */
    private static <S> void assertShortest(Model<S> model, History history, Verdict.Violation violation) {
        assertThat(explains(model, violation.prefix())).as("%s", violation).isFalse();
        long end = violation.prefix().stream()
                .filter(operation -> operation.outcome() != Outcome.UNKNOWN)
                .mapToLong(Operation::returned)
                .max()
                .orElseThrow();
        assertThat(explains(model, history.until(end - 1).operations()))
                .as("before the end of %s", violation)
                .isTrue();
    }

    private static History random(Random random, Function<Random, Said> words) {
        List<Operation> operations = new ArrayList<>();
        int count = 1 + random.nextInt(OPERATIONS_MAX);
        for (int i = 0; i < count; i++) {
            Said said = words.apply(random);
            long call = random.nextInt(12);
            long returned = call + random.nextInt(8);
            switch (random.nextInt(8)) {
                case 0 -> operations.add(Operation.unknown("c" + i, "/x", said.verb, said.arguments, call));
                case 1 -> operations.add(Operation.fail("c" + i, "/x", said.verb, said.arguments, call, returned));
                default ->
                    operations.add(new Operation(
                            "c" + i, "/x", said.verb, said.arguments, call, returned, Outcome.OK, said.result));
            }
        }
        return History.of(operations);
    }

    /** Tries every order of every choice of unknown operations. */
    private static <S> boolean explains(Model<S> model, List<Operation> operations) {
        List<Operation> open = operations.stream()
                .filter(operation -> operation.outcome() != Outcome.FAIL)
                .toList();
        return explains(model, model.initial(), open);
    }

    private static <S> boolean explains(Model<S> model, S state, List<Operation> open) {
        if (open.stream().noneMatch(operation -> operation.outcome() == Outcome.OK)) {
            return true;
        }
        for (Operation next : open) {
            boolean tooLate =
                    open.stream().anyMatch(other -> other.outcome() == Outcome.OK && other.returned() < next.call());
            S after = tooLate ? null : model.step(next).from(state);
            if (after != null) {
                List<Operation> rest = new ArrayList<>(open);
                rest.remove(next);
                if (explains(model, after, rest)) {
                    return true;
                }
            }
        }
        return false;
    }
}
