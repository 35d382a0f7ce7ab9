package io.conclave.cli;

/** The exit codes, as far as they are not those of a command that was run; 69, 70, 75 and 77 have their meaning from {@code sysexits.h}. */
final class ExitCode {
    static final int DONE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int UNREACHABLE = 69;
    static final int LOST = 70;
    static final int NOT_OBTAINED = 75;
    static final int DENIED = 77;
    static final int NOT_EXECUTABLE = 126;
    static final int NOT_FOUND = 127;
    static final int INTERRUPTED = 130;
    static final int TERMINATED = 143;

    private ExitCode() {}
}
