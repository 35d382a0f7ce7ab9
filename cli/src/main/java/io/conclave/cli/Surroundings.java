package io.conclave.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a command meets outside of itself.
 *
 * @param out where results go; UTF-8
 * @param err where notes and errors go; UTF-8
 * @param in where {@code put} reads from
 * @param environment the environment variables
 * @param terminal whether a person reads {@code out}: colour and pauses make sense
 * @param ownProcess whether the process ends with the command, so that a store inside it has no other user
 */
record Surroundings(
        PrintStream out,
        PrintStream err,
        InputStream in,
        Map<String, String> environment,
        boolean terminal,
        boolean ownProcess) {

    /** Set by the script, which can tell; the JVM cannot before release 22. */
    private static final String TERMINAL = "conclave.terminal";

    static Surroundings ofProcess() {
        boolean terminal = Boolean.getBoolean(TERMINAL);
        return new Surroundings(
                utf8(FileDescriptor.out), utf8(FileDescriptor.err), System.in, System.getenv(), terminal, true);
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
