package io.conclave;

import io.conclave.internal.StandardCodecs;
import java.util.function.Function;

/**
 * How values stand in the store as bytes. Used by every recipe that keeps values; there is no default and no Java serialisation, so that nothing in the store names a
 * class, and other languages can read it.
 *
 * <p>A codec must be thread-safe and quick: it is called on the caller's thread and on the engine's. {@link #decode} must read what {@link #encode} wrote, also in
 * the versions of the program that run side by side. {@code encode} refuses a value that it cannot write by throwing; recipes call it before anything is sent, and what it
 * throws reaches the caller. Whatever {@code decode} throws is taken as "these bytes are not mine" and told as {@link UnreadableDataException}.
 *
 * @param <T> the type of the values
 */
public interface Codec<T> {
    /** The bytes of a value, not null. They are copied before the call of the recipe returns. */
    byte[] encode(T value);

    /** The value of these bytes, not null. Throws for bytes that are none of this codec's. The array is the codec's own. */
    T decode(byte[] bytes);

    /** Text as UTF-8. Refuses text that UTF-8 cannot write (a lone surrogate) and bytes that are not UTF-8, instead of replacing anything. */
    static Codec<String> utf8() {
        return StandardCodecs.UTF8;
    }

    /** The bytes themselves, copied. */
    static Codec<byte[]> bytes() {
        return StandardCodecs.BYTES;
    }

    /** Eight bytes, the highest first; the layout of Curator's {@code DistributedAtomicLong}. Other lengths are refused. */
    static Codec<Long> longs() {
        return StandardCodecs.LONGS;
    }

    /** Four bytes, the highest first; the layout of Curator's {@code SharedCount}. Other lengths are refused. */
    static Codec<Integer> ints() {
        return StandardCodecs.INTS;
    }

    /** A codec made of two functions. */
    static <T> Codec<T> of(Function<? super T, byte[]> encode, Function<byte[], ? extends T> decode) {
        return StandardCodecs.of(encode, decode);
    }
}
