package io.conclave.histories;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text format. The first line is {@code conclave-history/1}; of the others each is a call, {@code > id nanos client key verb arguments…}, an answer, {@code < id nanos ok|fail|unknown
 * [result]}, or begins with {@code #} and is for people. Parts stand one blank apart. In them, blanks, control characters, {@code %} and what is not ASCII are escaped as in a URL, and an
 * empty part is {@code %}. Ids are unique in their file.
 */
final class HistoryFile {
    static final String HEADER = "conclave-history/1";

    private final Path file;
    private final Map<String, Call> open = new LinkedHashMap<>();
    private final List<Operation> operations = new ArrayList<>();

    private record Call(String client, String key, String verb, List<String> arguments, long nanos) {
        Operation ended(Outcome outcome, long returned, @Nullable String result) {
            return outcome == Outcome.UNKNOWN
                    ? Operation.unknown(client, key, verb, arguments, nanos)
                    : new Operation(client, key, verb, arguments, nanos, returned, outcome, result);
        }
    }

    private HistoryFile(Path file) {
        this.file = file;
    }

    static String call(long id, long nanos, String client, String key, String verb, List<String> arguments) {
        StringBuilder line =
                new StringBuilder(64).append("> ").append(id).append(' ').append(nanos);
        append(line, client);
        append(line, key);
        append(line, verb);
        arguments.forEach(argument -> append(line, argument));
        return line.append('\n').toString();
    }

    static String answer(long id, long nanos, Outcome outcome, @Nullable String result) {
        StringBuilder line =
                new StringBuilder(48).append("< ").append(id).append(' ').append(nanos);
        line.append(
                switch (outcome) {
                    case OK -> " ok";
                    case FAIL -> " fail";
                    case UNKNOWN -> " unknown";
                });
        if (result != null) {
            append(line, result);
        }
        return line.append('\n').toString();
    }

    static void write(Path file, List<Operation> operations) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardOpenOption.CREATE_NEW)) {
            out.write(HEADER + "\n");
            long id = 0;
            for (Operation each : operations) {
                out.write(call(++id, each.call(), each.client(), each.key(), each.verb(), each.arguments()));
                long returned = each.returned() == Operation.NEVER ? each.call() : each.returned();
                out.write(answer(id, returned, each.outcome(), each.result()));
            }
        }
    }

    static List<Operation> read(Path file) throws IOException {
        return new HistoryFile(file).read();
    }

    private List<Operation> read() throws IOException {
        String text = Files.readString(file);
        List<String> lines =
                text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
            throw new IOException(file + " is no history: its first line is not " + HEADER);
        }
        for (int i = 1; i < lines.size(); i++) {
            try {
                read(lines.get(i));
            } catch (IllegalArgumentException malformed) {
                throw new IOException(file + ", line " + (i + 1) + ": " + malformed.getMessage(), malformed);
            }
        }
        open.values().forEach(call -> operations.add(call.ended(Outcome.UNKNOWN, 0, null)));
        return operations;
    }

    private void read(String line) {
        if (line.isEmpty() || line.startsWith("#")) {
            return;
        }
        String[] parts = line.split(" ", -1);
        boolean isCall = parts[0].equals(">");
        if ((!isCall && !parts[0].equals("<")) || parts.length < (isCall ? 6 : 4) || (!isCall && parts.length > 5)) {
            throw new IllegalArgumentException("'" + line + "' is neither a call nor an answer");
        }
        long nanos = Long.parseLong(parts[2]);
        if (isCall) {
            List<String> arguments = Arrays.stream(parts, 6, parts.length)
                    .map(HistoryFile::unescape)
                    .toList();
            Call call = new Call(unescape(parts[3]), unescape(parts[4]), unescape(parts[5]), arguments, nanos);
            if (open.put(parts[1], call) != null) {
                throw new IllegalArgumentException("operation " + parts[1] + " is called twice");
            }
            return;
        }
        Call call = open.remove(parts[1]);
        if (call == null) {
            throw new IllegalArgumentException("the answer to operation " + parts[1] + ", which is not open");
        }
        operations.add(call.ended(outcome(parts[3]), nanos, parts.length == 5 ? unescape(parts[4]) : null));
    }

    private static Outcome outcome(String word) {
        return switch (word) {
            case "ok" -> Outcome.OK;
            case "fail" -> Outcome.FAIL;
            case "unknown" -> Outcome.UNKNOWN;
            default -> throw new IllegalArgumentException("'" + word + "' is no outcome");
        };
    }

    private static void append(StringBuilder line, String part) {
        line.append(' ');
        if (part.isEmpty()) {
            line.append('%');
        }
        for (byte b : part.getBytes(StandardCharsets.UTF_8)) {
            if (b > ' ' && b < 127 && b != '%') {
                line.append((char) b);
            } else {
                line.append('%').append(Character.forDigit((b >> 4) & 15, 16)).append(Character.forDigit(b & 15, 16));
            }
        }
    }

    private static String unescape(String part) {
        if (part.equals("%")) {
            return "";
        }
        if (part.indexOf('%') < 0) {
            return part;
        }
        byte[] bytes = new byte[part.length()];
        int length = 0;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (c == '%') {
                if (i + 2 >= part.length()) {
                    throw new IllegalArgumentException("'" + part + "' ends within an escape");
                }
                bytes[length++] = (byte) Integer.parseInt(part.substring(i + 1, i + 3), 16);
                i += 2;
            } else {
                bytes[length++] = (byte) c;
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
