package io.conclave.backend.inmemory.wire;

import io.conclave.spi.Payload;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.BiConsumer;

/** Writes values into a growing array, big-endian. Texts, payloads and lists begin with their length (int). Not thread-safe. */
public final class WireWriter {
    private static final int FIRST_BYTES = 128;

    private final int mostBytes;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int size;

    /**
     * Empty.
     *
     * @param mostBytes writing more fails with {@link TooLongException}
     */
    public WireWriter(int mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** What was written so far. */
    public byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    /** How many bytes were written. */
    public int size() {
        return size;
    }

    /** The array behind it, of which the first {@link #size} bytes count; not to be used any more after further writes. */
    byte[] array() {
        return bytes;
    }

    private void room(int more) {
        if (more > mostBytes - size) {
            throw new TooLongException(mostBytes);
        }
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more, (int) Math.min(2L * size, mostBytes)));
        }
    }

    /** One byte. */
    public WireWriter octet(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    /** One byte, 0 or 1. */
    public WireWriter flag(boolean value) {
        return octet(value ? 1 : 0);
    }

    /** Four bytes. */
    public WireWriter number(int value) {
        room(4);
        put(size, value);
        size += 4;
        return this;
    }

    private void put(int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    /** Four bytes that were written before, anew. */
    void numberAt(int at, int value) {
        put(at, value);
    }

    /** Eight bytes. */
    public WireWriter wide(long value) {
        return number((int) (value >>> 32)).number((int) value);
    }

    /** A text in UTF-8. */
    public WireWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes after their number. */
    public WireWriter bytes(byte[] value) {
        number(value.length);
        room(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    /** The data of a node. */
    public WireWriter payload(Payload value) {
        return bytes(value.toByteArray());
    }

    /** One byte: the value's place among these. */
    public <E extends Enum<E>> WireWriter choice(List<E> order, E value) {
        return octet(order.indexOf(value));
    }

    /** Values after their number. */
    public <T> WireWriter list(Collection<T> values, BiConsumer<WireWriter, T> each) {
        number(values.size());
        values.forEach(value -> each.accept(this, value));
        return this;
    }
}
