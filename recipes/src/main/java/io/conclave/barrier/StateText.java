package io.conclave.barrier;

import io.conclave.UnreadableDataException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The data of a barrier's node: lines of text, the first with the format, the second with the kind, then {@code key=value}; what repeats is a list. */
final class StateText {
    private static final String FORMAT = "conclave-barrier/1";
    private static final String KIND = "kind";

    private final String where;
    private final Map<String, List<String>> values;

    private StateText(String where, Map<String, List<String>> values) {
        this.where = where;
        this.values = values;
    }

    /** Starts the text of a state. */
    static Writer of(String kind, long generation) {
        return new Writer().with(KIND, kind).with("generation", generation);
    }

    /** Collects lines. */
    static final class Writer {
        private final StringBuilder text = new StringBuilder(FORMAT).append('\n');

        Writer with(String key, Object value) {
            text.append(key).append('=').append(value).append('\n');
            return this;
        }

        Writer with(String key, List<String> all) {
            all.forEach(one -> with(key, (Object) one));
            return this;
        }

        Payload payload() {
            return Payload.utf8(text.toString());
        }
    }

    /** Reads the state of this kind; other formats and kinds are refused. */
    static StateText read(NodePath path, String kind, Payload data) {
        String text = data.asUtf8();
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !lines.get(0).equals(FORMAT)) {
            throw new UnreadableDataException(
                    "the " + data.size() + " bytes of " + path + " are not in the format " + FORMAT);
        }
        Map<String, List<String>> values = new LinkedHashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            int equals = line.indexOf('=');
            if (equals < 1) {
                throw new UnreadableDataException(path + " has a line that is not 'key=value': '" + line + "'");
            }
            values.computeIfAbsent(line.substring(0, equals), key -> new ArrayList<>())
                    .add(line.substring(equals + 1));
        }
        StateText state = new StateText(path.toString(), values);
        String found = state.text(KIND);
        if (!found.equals(kind)) {
            throw new UnreadableDataException(path + " is used as a " + found + ", not as a " + kind);
        }
        return state;
    }

    private String text(String key) {
        List<String> all = list(key);
        if (all.size() != 1) {
            throw new UnreadableDataException(where + " has " + all.size() + " lines '" + key + "=' instead of one");
        }
        return all.get(0);
    }

    List<String> list(String key) {
        return List.copyOf(values.getOrDefault(key, List.of()));
    }

    /** A number that is not negative. */
    long number(String key) {
        String text = text(key);
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException malformed) {
            throw new UnreadableDataException(where + " has '" + key + "=" + text + "', which is no number", malformed);
        }
        throw new UnreadableDataException(where + " has '" + key + "=" + text + "', which is negative");
    }

    long generation() {
        return number("generation");
    }

    boolean is(String key) {
        return text(key).equals("true");
    }
}
