package io.conclave.it.support;

/** What a test has measured, on one line that begins with {@code FIGURES}. */
public final class Figures {
    private Figures() {}

    /** Prints the line: the test's name and a format with its arguments. */
    public static void print(String test, String format, Object... arguments) {
        System.out.println("FIGURES " + test + ": " + String.format(java.util.Locale.ROOT, format, arguments));
    }
}
