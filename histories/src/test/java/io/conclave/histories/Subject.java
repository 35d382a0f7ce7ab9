package io.conclave.histories;

import java.util.List;
import java.util.Random;

/** An object that clients use, with one bug or none. A bug shows now and then: when {@link #slips} says so. */
abstract class Subject {
    /** What the object says when the operation must wait. */
    static final String BLOCKED = "(blocked)";
    /** What it says when it claims that nothing was done. */
    static final String FAILED = "(failed)";
    /** What it says when there is nothing to say. */
    static final String DONE = "(done)";

    private static final int SLIP_ONE_IN = 12;

    final Random random;
    private final String bug;

    /** What a client asks for. */
    record Request(String client, String verb, List<String> arguments) {}

    Subject(Random random, String bug) {
        this.random = random;
        this.bug = bug;
    }

    /** What this client asks next. */
    abstract Request next(String client);

    /** Does it, in one instant; the answer is a result or one of the constants. */
    abstract String apply(Request request);

    /** What happens now without a client, if anything does: it is noted, and applied like the others. */
    Request happensByItself() {
        return null;
    }

    /** The client of this request will never hear of it. */
    void abandoned(Request request) {}

    /** True in one of twelve cases if this is the bug that was planted. */
    final boolean slips(String name) {
        return bug.equals(name) && random.nextInt(SLIP_ONE_IN) == 0;
    }

    final boolean hasBug(String name) {
        return bug.equals(name);
    }
}
