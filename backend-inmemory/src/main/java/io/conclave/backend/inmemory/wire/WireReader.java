package io.conclave.backend.inmemory.wire;

import io.conclave.spi.Payload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads what a {@link WireWriter} wrote. Every length is compared with the bytes that are left before anything is allocated for it. Not thread-safe. All methods throw {@link
 * MalformedException} for what cannot have been written.
 */
public final class WireReader {
    private final byte[] bytes;
    private int at;

    /** Reads the whole array from its beginning. */
    public WireReader(byte[] bytes) {
        this.bytes = bytes;
    }

    /** How many bytes are left. */
    public int left() {
        return bytes.length - at;
    }

    /** Refuses bytes that are left over. */
    public void end() {
        if (left() != 0) {
            throw new MalformedException(left() + " bytes too many");
        }
    }

    private int take(int count) {
        if (count < 0 || count > left()) {
            throw new MalformedException(count + " bytes wanted where " + left() + " are left");
        }
        int from = at;
        at += count;
        return from;
    }

    /** One byte, 0 to 255. */
    public int octet() {
        return bytes[take(1)] & 0xff;
    }

    /** One byte, 0 or 1. */
    public boolean flag() {
        int value = octet();
        if (value > 1) {
            throw new MalformedException(value + " is neither 0 nor 1");
        }
        return value == 1;
    }

    /** Four bytes. */
    public int number() {
        int from = take(4);
        return (bytes[from] & 0xff) << 24
                | (bytes[from + 1] & 0xff) << 16
                | (bytes[from + 2] & 0xff) << 8
                | (bytes[from + 3] & 0xff);
    }

    /** Eight bytes. */
    public long wide() {
        return (long) number() << 32 | (number() & 0xffffffffL);
    }

    /** A text in UTF-8. */
    public String text() {
        int length = number();
        return new String(bytes, take(length), length, StandardCharsets.UTF_8);
    }

    /** Bytes after their number. */
    public byte[] bytes() {
        int length = number();
        int from = take(length);
        byte[] copy = new byte[length];
        System.arraycopy(bytes, from, copy, 0, length);
        return copy;
    }

    /** The data of a node. */
    public Payload payload() {
        return Payload.of(bytes());
    }

    /**
     * Values after their number.
     *
     * @param leastBytes what each of them takes at least
     */
    public <T> List<T> list(int leastBytes, Function<WireReader, T> each) {
        int count = number();
        if (count < 0 || count > left() / leastBytes) {
            throw new MalformedException("a list of " + count + " in " + left() + " bytes");
        }
        List<T> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(each.apply(this));
        }
        return values;
    }

    /** The value at a place among these. */
    public <E extends Enum<E>> E choice(List<E> order) {
        int place = octet();
        if (place >= order.size()) {
            throw new MalformedException(place + " is none of " + order);
        }
        return order.get(place);
    }
}
