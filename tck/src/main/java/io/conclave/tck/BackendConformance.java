package io.conclave.tck;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * All rules of {@code docs/spec.md} as tests. A backend's test class extends this and says what to test; every test is named by the
 * number of the rule that it checks.
 *
 * <p>The system property {@code conclave.tck.rules} picks checks by the beginning of their names, such as {@code C4,S} or {@code
 * model}. {@code conclave.tck.programs} is the number of random programs of the model check (50), {@code conclave.tck.seed} the seed of
 * the first.
 */
public abstract class BackendConformance {
    private @Nullable BackendUnderTest running;

    /** For subclasses. */
    protected BackendConformance() {}

    /** Starts what is to be tested. The kit closes it. Called once for each test factory. */
    protected abstract BackendUnderTest backend();

    /** The rules, chapter by chapter. */
    @TestFactory
    final Stream<DynamicNode> rules() {
        BackendUnderTest target = start();
        CheckRunner runner = new CheckRunner(target);
        return Chapter.all().stream().map(chapter -> container(chapter, runner)).toList().stream()
                .onClose(runner::close);
    }

    /** Random programs on the backend and on a model of the contract. */
    @TestFactory
    final Stream<DynamicNode> model() {
        BackendUnderTest target = start();
        return ModelCheck.all().stream()
                .filter(check -> isWanted(check.name()))
                .map(check -> DynamicTest.dynamicTest(check.name(), () -> check.run(target)));
    }

    @AfterEach
    final void stop() {
        BackendUnderTest target = running;
        running = null;
        if (target != null) {
            target.close();
        }
    }

    private BackendUnderTest start() {
        BackendUnderTest target = backend();
        running = target;
        return target;
    }

    private static DynamicNode container(Chapter chapter, CheckRunner runner) {
        List<DynamicTest> tests = chapter.checks().stream()
                .filter(check -> isWanted(check.displayName()))
                .map(check -> DynamicTest.dynamicTest(check.displayName(), runner.begin(check)::await))
                .toList();
        return DynamicContainer.dynamicContainer(chapter.title(), tests);
    }

    private static boolean isWanted(String name) {
        String wanted = System.getProperty("conclave.tck.rules", "").trim();
        if (wanted.isEmpty()) {
            return true;
        }
        String lower = name.toLowerCase(Locale.ROOT);
        for (String start : wanted.toLowerCase(Locale.ROOT).split(",", -1)) {
            String begin = start.trim();
            // C1 is not the beginning of C10
            boolean number = begin.matches("[a-z][0-9]+");
            if (lower.startsWith(number ? begin + " " : begin)) {
                return true;
            }
        }
        return false;
    }
}
