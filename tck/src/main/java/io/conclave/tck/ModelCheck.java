package io.conclave.tck;

import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Assertions;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.TestAbortedException;

/**
 * A random program on the backend, judged by the model or by what must hold in any case.
 *
 * @param name as reports show it
 * @param seed from which the program comes
 * @param body runs the program
 */
record ModelCheck(String name, long seed, BiConsumer<Lab, Random> body) {
    private static final int CONCURRENT_EVERY = 5;

    /** As many programs as {@code conclave.tck.programs} says. */
    static List<ModelCheck> all() {
        int programs = Integer.getInteger("conclave.tck.programs", 50);
        long seed = Long.getLong("conclave.tck.seed", Timekeeper.system().nanoTime() & 0xffff_ffffL);
        List<ModelCheck> checks = new ArrayList<>();
        for (int i = 0; i < programs; i++) {
            checks.add(of(seed + i));
        }
        return checks;
    }

    /** The program of a seed: which kind it is depends on the seed too, so that the seed alone repeats it. */
    static ModelCheck of(long seed) {
        boolean concurrent = Math.floorMod(seed, CONCURRENT_EVERY) == 0;
        return concurrent
                ? new ModelCheck("model: simultaneous program of seed " + seed, seed, ConcurrentProgram::run)
                : new ModelCheck("model: sequential program of seed " + seed, seed, SequentialProgram::run);
    }

    void run(BackendUnderTest target) {
        Duration limit = target.patience().multipliedBy(3);
        try {
            Assertions.assertTimeoutPreemptively(limit, () -> runHere(target));
        } catch (TestAbortedException skipped) {
            throw skipped;
        } catch (Exception | AssertionError seen) {
            throw new AssertionFailedError(
                    "the program of seed " + seed + " shows what the contract does not allow: " + seen.getMessage()
                            + System.lineSeparator() + "run it again with -Dconclave.tck.seed=" + seed
                            + " -Dconclave.tck.programs=1",
                    seen);
        }
    }

    private void runHere(BackendUnderTest target) {
        try (Lab lab = new Lab(target)) {
            body.accept(lab, new Random(seed));
        }
    }
}
