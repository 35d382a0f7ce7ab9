package io.conclave.internal;

import io.conclave.spi.Payload;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The data of a contender's node, format 1 of docs/layouts.md: three lines of UTF-8 text. It informs people; nothing is decided by it, so what other clients
 * write is shown as text and never refused.
 */
record ContenderData(String owner, Optional<Instant> since, OptionalLong token) {
    private static final String HEADER = "conclave-contender/1";
    private static final int FOREIGN_TEXT_MAX = 80;
    private static final int LABEL_MAX = 200;

    static Payload write(String owner, long wallClockMillis) {
        return Payload.utf8(HEADER + "\nowner=" + URLEncoder.encode(owner, StandardCharsets.UTF_8) + "\nsince="
                + wallClockMillis + "\n");
    }

    /** For a node that shares another's place: it has the other's token, which its own revision does not tell. */
    static Payload write(String owner, long wallClockMillis, long token) {
        return Payload.utf8(write(owner, wallClockMillis).asUtf8() + "token=" + token + "\n");
    }

    static ContenderData read(Payload data) {
        String text = data.asUtf8();
        String[] lines = text.split("\n", -1);
        if (lines.length < 3
                || !lines[0].equals(HEADER)
                || !lines[1].startsWith("owner=")
                || !lines[2].startsWith("since=")) {
            return foreign(text);
        }
        try {
            String owner = URLDecoder.decode(lines[1].substring("owner=".length()), StandardCharsets.UTF_8);
            long since = Long.parseLong(lines[2].substring("since=".length()));
            OptionalLong token = lines.length > 3 && lines[3].startsWith("token=")
                    ? OptionalLong.of(Long.parseLong(lines[3].substring("token=".length())))
                    : OptionalLong.empty();
            return new ContenderData(shown(owner, LABEL_MAX), Optional.of(Instant.ofEpochMilli(since)), token);
        } catch (IllegalArgumentException malformed) {
            return foreign(text);
        }
    }

    private static ContenderData foreign(String text) {
        return new ContenderData(shown(text, FOREIGN_TEXT_MAX), Optional.empty(), OptionalLong.empty());
    }

    private static String shown(String text, int most) {
        StringBuilder shown = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '?' : c));
        return shown.toString();
    }

    /** Checks a label that people will read in listings. */
    static String requireLabel(String what, String label) {
        java.util.Objects.requireNonNull(label, what);
        if (label.isBlank() || label.length() > LABEL_MAX) {
            throw new IllegalArgumentException(
                    what + " must have 1 to " + LABEL_MAX + " characters, not " + label.length() + " or only spaces");
        }
        if (label.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(what + " holds a control character");
        }
        return label;
    }
}
