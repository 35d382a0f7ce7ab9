package io.conclave.internal;

import io.conclave.spi.NodePath;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Names that users choose, as one segment of a path: what a path may not hold, the slash and the percent sign stand as {@code %} and two hexadecimal digits for each byte of their
 * UTF-8. Every name has one segment, and every segment that is listed has a name.
 */
public final class Segments {
    private Segments() {}

    /**
     * The segment of a name.
     *
     * @param what what the name is called in the message of a refusal
     * @throws IllegalArgumentException if the name is empty, or too long for a segment
     */
    public static String encode(String what, String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(what + " is empty");
        }
        StringBuilder segment = new StringBuilder();
        boolean dots = name.equals(".") || name.equals("..");
        name.codePoints().forEach(point -> {
            String one = Character.toString(point);
            if (dots || one.equals("/") || one.equals("%") || !isAllowed(one)) {
                for (byte b : one.getBytes(StandardCharsets.UTF_8)) {
                    segment.append(String.format("%%%02X", b));
                }
            } else {
                segment.append(one);
            }
        });
        int bytes = segment.toString().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > NodePath.MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException(what + " has " + bytes + " bytes as a part of a path, more than the "
                    + NodePath.MAX_SEGMENT_BYTES + " allowed");
        }
        return segment.toString();
    }

    private static boolean isAllowed(String one) {
        char c = one.charAt(0);
        boolean control = c <= '\u001f' || (c >= '\u007f' && c <= '\u009f');
        return one.length() == 1 && !control && !(c >= '\ud800' && c <= '\uf8ff') && c < '\ufff0';
    }

    /** The name of a segment; one that {@link #encode} has not made is its own name. */
    public static String decode(String segment) {
        if (segment.indexOf('%') < 0) {
            return segment;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (c != '%') {
                bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            String digits = segment.substring(Math.min(segment.length(), i + 1), Math.min(segment.length(), i + 3));
            if (!digits.matches("[0-9A-F]{2}")) {
                return segment;
            }
            bytes.write(Integer.parseInt(digits, 16));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException foreign) {
            return segment;
        }
    }
}
