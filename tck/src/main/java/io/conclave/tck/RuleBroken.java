package io.conclave.tck;

import org.opentest4j.AssertionFailedError;

/** A check failed: says which rule of {@code docs/spec.md} the backend breaks and what was seen. */
final class RuleBroken extends AssertionFailedError {
    private static final long serialVersionUID = 1L;

    private final String number;

    RuleBroken(String number, String check, Throwable seen) {
        super("rule " + number + " is broken (" + Rules.text(number) + "), shown by '" + check + "': " + seen, seen);
        this.number = number;
    }

    String number() {
        return number;
    }
}
