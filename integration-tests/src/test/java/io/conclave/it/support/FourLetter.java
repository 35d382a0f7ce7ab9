package io.conclave.it.support;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The four-letter commands of a ZooKeeper server, asked on its client port; one bounded question each. */
final class FourLetter {
    private static final int LIMIT_MILLIS = 1_000;

    private FourLetter() {}

    static String ask(int port, String word) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(Ports.address(port), LIMIT_MILLIS);
            socket.setSoTimeout(LIMIT_MILLIS);
            socket.getOutputStream().write(word.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** The value of a line {@code key<blanks or colon>value}; empty if there is none. */
    static String value(String answer, String key) {
        Matcher matcher = Pattern.compile("(?m)^" + Pattern.quote(key) + "[:\\s]\\s*(.*)$")
                .matcher(answer);
        return matcher.find() ? matcher.group(1).strip() : "";
    }
}
