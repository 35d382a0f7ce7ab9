package io.conclave.internal;

import io.conclave.Codec;
import io.conclave.UnreadableDataException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.function.Function;

/** The codecs that come with the library, and the two calls by which recipes use any codec. */
public final class StandardCodecs {
    /** Text, strictly. */
    public static final Codec<String> UTF8 = of(StandardCodecs::writeText, StandardCodecs::readText);

    /** Bytes, copied. */
    public static final Codec<byte[]> BYTES = of(byte[]::clone, byte[]::clone);

    /** Eight bytes. */
    public static final Codec<Long> LONGS = of(
            value -> ByteBuffer.allocate(Long.BYTES).putLong(value).array(),
            bytes -> exactly(Long.BYTES, bytes).getLong());

    /** Four bytes. */
    public static final Codec<Integer> INTS = of(
            value -> ByteBuffer.allocate(Integer.BYTES).putInt(value).array(),
            bytes -> exactly(Integer.BYTES, bytes).getInt());

    private StandardCodecs() {}

    /** A codec of two functions. */
    public static <T> Codec<T> of(Function<? super T, byte[]> encode, Function<byte[], ? extends T> decode) {
        return new OfFunctions<>(Objects.requireNonNull(encode, "encode"), Objects.requireNonNull(decode, "decode"));
    }

    private record OfFunctions<T>(Function<? super T, byte[]> writer, Function<byte[], ? extends T> reader)
            implements Codec<T> {
        @Override
        public byte[] encode(T value) {
            return writer.apply(Objects.requireNonNull(value, "value"));
        }

        @Override
        public T decode(byte[] bytes) {
            return reader.apply(Objects.requireNonNull(bytes, "bytes"));
        }
    }

    /** A user's value as it goes to the store. Refuses nulls, also the codec's own; what the codec throws is the caller's. */
    public static <T> Payload encode(Codec<T> codec, T value) {
        byte[] bytes = codec.encode(Objects.requireNonNull(value, "value"));
        return Payload.of(Objects.requireNonNull(bytes, "the codec encoded a value as null"));
    }

    /**
     * A value that was read at the path.
     *
     * @throws UnreadableDataException if the codec throws or gives null
     */
    public static <T> T decode(Codec<T> codec, NodePath path, Payload data) {
        T value;
        try {
            value = codec.decode(data.toByteArray());
        } catch (RuntimeException refused) {
            throw new UnreadableDataException(
                    "the " + data.size() + " bytes of " + path + " cannot be read: " + refused.getMessage(), refused);
        }
        if (value == null) {
            throw new UnreadableDataException("the codec read the " + data.size() + " bytes of " + path + " as null");
        }
        return value;
    }

    private static byte[] writeText(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        } catch (CharacterCodingException lone) {
            throw new IllegalArgumentException(
                    "a text of " + text.length() + " characters holds a lone surrogate", lone);
        }
    }

    private static String readText(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException malformed) {
            throw new IllegalArgumentException(bytes.length + " bytes that are not UTF-8", malformed);
        }
    }

    private static ByteBuffer exactly(int size, byte[] bytes) {
        if (bytes.length != size) {
            throw new IllegalArgumentException(bytes.length + " bytes where a number of this kind has " + size);
        }
        return ByteBuffer.wrap(bytes);
    }
}
