package io.conclave.tck;

import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;
import org.opentest4j.TestAbortedException;

/**
 * One property of a rule.
 *
 * @param number the rule's number in {@code docs/spec.md}
 * @param name the property in words
 * @param body tries it in a laboratory of its own; fails with any exception or error
 */
record RuleCheck(String number, String name, Consumer<Lab> body) {
    RuleCheck {
        Rules.text(number);
    }

    /** As reports show it. */
    String displayName() {
        return number + " " + name;
    }

    /**
     * Runs the check with a limit in real time.
     *
     * @throws RuleBroken if the property does not hold
     * @throws TestAbortedException if the backend cannot do what the check needs
     */
    void run(BackendUnderTest target) {
        Duration limit = target.patience().multipliedBy(3);
        if (!target.virtualTime()) {
            limit = limit.plus(target.sessionTtl().multipliedBy(12));
        }
        try {
            Assertions.assertTimeoutPreemptively(limit, () -> runHere(target));
        } catch (TestAbortedException skipped) {
            throw skipped;
        } catch (Exception | AssertionError seen) {
            throw new RuleBroken(number, name, seen);
        }
    }

    private void runHere(BackendUnderTest target) {
        try (Lab lab = new Lab(target)) {
            body.accept(lab);
        }
    }
}
