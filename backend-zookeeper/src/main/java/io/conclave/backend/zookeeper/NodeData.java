package io.conclave.backend.zookeeper;

import io.conclave.spi.Payload;
import java.util.Arrays;

/**
 * How payloads stand in persistent nodes. No bytes at all mean an implicit directory, so an explicit node without data holds the
 * two marker bytes; a payload that begins with the marker is stored with another one in front. All others are stored as they are.
 * Ephemeral nodes are always explicit and hold raw data.
 */
final class NodeData {
    /** What an implicit directory holds. */
    static final byte[] NONE = new byte[0];

    /** The most bytes that encoding adds. */
    static final int MARKER_BYTES = 2;

    private static final byte FIRST = (byte) 0xC0;
    private static final byte SECOND = (byte) 0xC1;

    private NodeData() {}

    static byte[] encode(Payload payload) {
        byte[] raw = payload.toByteArray();
        if (raw.length > 0 && !isMarked(raw)) {
            return raw;
        }
        byte[] marked = new byte[raw.length + MARKER_BYTES];
        marked[0] = FIRST;
        marked[1] = SECOND;
        System.arraycopy(raw, 0, marked, MARKER_BYTES, raw.length);
        return marked;
    }

    static Payload decode(byte[] stored) {
        return Payload.of(isMarked(stored) ? Arrays.copyOfRange(stored, MARKER_BYTES, stored.length) : stored);
    }

    private static boolean isMarked(byte[] bytes) {
        return bytes.length >= MARKER_BYTES && bytes[0] == FIRST && bytes[1] == SECOND;
    }
}
