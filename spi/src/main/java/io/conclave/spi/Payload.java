package io.conclave.spi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** The data of a node: immutable bytes. Arrays are copied on the way in and on the way out. */
public final class Payload {
    private static final Payload EMPTY = new Payload(new byte[0]);

    private final byte[] bytes;

    private Payload(byte[] bytes) {
        this.bytes = bytes;
    }

    /** No bytes at all. */
    public static Payload empty() {
        return EMPTY;
    }

    /** A copy of the given bytes. */
    public static Payload of(byte[] bytes) {
        Objects.requireNonNull(bytes, "bytes");
        return bytes.length == 0 ? EMPTY : new Payload(bytes.clone());
    }

    /** The text in UTF-8. */
    public static Payload utf8(String text) {
        Objects.requireNonNull(text, "text");
        return text.isEmpty() ? EMPTY : new Payload(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return bytes.clone();
    }

    /** Number of bytes. */
    public int size() {
        return bytes.length;
    }

    /** True if there are no bytes. */
    public boolean isEmpty() {
        return bytes.length == 0;
    }

    /** The bytes read as UTF-8; malformed input becomes U+FFFD. */
    public String asUtf8() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Payload that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The size only: payloads may hold what must not be in a log. */
    @Override
    public String toString() {
        return "Payload[" + bytes.length + " bytes]";
    }
}
