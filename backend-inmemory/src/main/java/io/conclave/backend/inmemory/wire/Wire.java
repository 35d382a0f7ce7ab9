package io.conclave.backend.inmemory.wire;

import org.jspecify.annotations.Nullable;

/** Frames, and the bounds of them. */
public final class Wire {
    /** The version of the protocol that is spoken here. */
    public static final int VERSION = 1;
    /** The largest frame before the two sides know each other. */
    public static final int HELLO_BYTES_MAX = 4_096;
    /** The largest frame that a member reads. */
    public static final int REQUEST_BYTES_MAX = 8 << 20;
    /** The largest frame that a client reads. */
    public static final int ANSWER_BYTES_MAX = 64 << 20;

    static final int LENGTH_BYTES = 4;

    private Wire() {}

    /** The message as a frame, length included. Throws {@link TooLongException}. */
    static WireWriter frame(Message message, int mostBytes) {
        WireWriter out = new WireWriter(mostBytes);
        out.number(0).octet(message.type().code());
        message.write(out);
        out.numberAt(0, out.size() - LENGTH_BYTES);
        return out;
    }

    /** The message as a frame, or the shorter one that stands for it; null if there is none. */
    static @Nullable WireWriter frameOrShorter(Message message, int mostBytes) {
        Message next = message;
        while (next != null) {
            try {
                return frame(next, mostBytes);
            } catch (TooLongException tooLong) {
                next = next.shorter();
            }
        }
        return null;
    }

    /**
     * The message as a frame, length included; for tests and tools.
     *
     * @throws TooLongException if it is larger than any frame may be
     */
    public static byte[] encode(Message message) {
        return frame(message, ANSWER_BYTES_MAX).toByteArray();
    }

    /**
     * The message in a frame, whose length was taken away.
     *
     * @throws MalformedException if there is none
     */
    public static Message decode(byte[] frame) {
        WireReader in = new WireReader(frame);
        try {
            Message message = MessageType.of(in.octet()).read(in);
            in.end();
            return message;
        } catch (IllegalArgumentException | IllegalStateException | NullPointerException refused) {
            throw new MalformedException("a value breaks a rule: " + refused.getMessage(), refused);
        }
    }
}
