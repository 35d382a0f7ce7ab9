package io.conclave.cli;

/** A command cannot do what was asked: one line with the reason, a hint what to do, and the exit code. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String hint;
    private final int exitCode;

    CommandFailure(int exitCode, String reason, String hint) {
        super(reason);
        this.exitCode = exitCode;
        this.hint = hint;
    }

    String hint() {
        return hint;
    }

    int exitCode() {
        return exitCode;
    }
}
