package io.conclave.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells the demo's story: as text with pauses to read it, or silently, collecting it for a JSON document. */
final class Narrator {
    private static final Duration READING_TIME = Duration.ofMillis(1_300);
    private static final int WIDTH = 118;
    private static final String HANGING = "    ";

    private final PrintStream out;
    private final boolean silent;
    private final boolean colour;
    private final boolean pauses;
    private final List<Map<String, @Nullable Object>> told = new ArrayList<>();

    Narrator(Surroundings surroundings, boolean silent, boolean fast) {
        this.out = surroundings.out();
        this.silent = silent;
        this.colour = surroundings.terminal() && !silent;
        this.pauses = surroundings.terminal() && !silent && !fast;
    }

    private enum Style {
        TITLE("\u001b[1m"),
        STEP(""),
        GOOD("\u001b[32m"),
        BAD("\u001b[31m"),
        ELSEWHERE("\u001b[33m");

        private final String colour;

        Style(String colour) {
            this.colour = colour;
        }
    }

    /** A new chapter. */
    void title(String text) throws InterruptedException {
        tell(Style.TITLE, "title", "", text);
    }

    /** Something happened. */
    void step(String text) throws InterruptedException {
        tell(Style.STEP, "step", "  ", text);
    }

    /** The point of it. */
    void good(String text) throws InterruptedException {
        tell(Style.GOOD, "point", "  ", text);
    }

    /** Damage. */
    void bad(String text) throws InterruptedException {
        tell(Style.BAD, "damage", "  ", text);
    }

    /** What another library would have done. */
    void elsewhere(String text) throws InterruptedException {
        tell(Style.ELSEWHERE, "elsewhere", "  elsewhere: ", text);
    }

    List<Map<String, @Nullable Object>> told() {
        return List.copyOf(told);
    }

    private void tell(Style style, String kind, String indent, String text) throws InterruptedException {
        told.add(Output.document().with("kind", kind).with("text", text).fields());
        if (silent) {
            return;
        }
        if (style == Style.TITLE) {
            out.println();
        }
        String lines = wrap(indent, text);
        out.println(colour && !style.colour.isEmpty() ? style.colour + lines + "\u001b[0m" : lines);
        out.flush();
        if (pauses) {
            Waiting.pause(READING_TIME);
        }
    }

    private static String wrap(String indent, String text) {
        StringBuilder lines = new StringBuilder(indent);
        String gap = "";
        int column = indent.length();
        for (String word : text.split(" ", -1)) {
            if (!gap.isEmpty() && column + 1 + word.length() > WIDTH) {
                lines.append(System.lineSeparator());
                gap = HANGING;
                column = 0;
            }
            lines.append(gap).append(word);
            column += gap.length() + word.length();
            gap = " ";
        }
        return lines.toString();
    }
}
