package io.conclave.backend.zookeeper;

import io.conclave.spi.Payload;
import java.util.Arrays;

/**
 * How payloads stand in persistent nodes. No bytes at all mean an implicit directory, and so do three certain bytes in a container, which the
 * server does not show to be one. So an explicit node without data holds the two marker bytes, and a payload that begins like either
 * mark is stored with the marker in front. All others are stored as they are. Ephemeral nodes are always explicit and hold raw data.
 */
final class NodeData {
    /** What an implicit directory holds. */
    static final byte[] NONE = new byte[0];

    /** The most bytes that encoding adds. */
    static final int MARKER_BYTES = 2;

    /** The number of bytes in a container that was made here. */
    static final int CONTAINER_BYTES = 3;

    private static final byte FIRST = (byte) 0xC0;
    private static final byte SECOND = (byte) 0xC1;
    private static final byte SECOND_OF_CONTAINER = (byte) 0xC2;

    private NodeData() {}

    static byte[] encode(Payload payload) {
        byte[] raw = payload.toByteArray();
        if (raw.length > 0 && !isMarked(raw) && !isContainerLike(raw)) {
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

    /** What a container holds. */
    static byte[] container() {
        return new byte[] {FIRST, SECOND_OF_CONTAINER, 0};
    }

    static boolean isContainer(byte[] stored) {
        return Arrays.equals(stored, container());
    }

    private static boolean isContainerLike(byte[] bytes) {
        return bytes.length >= MARKER_BYTES && bytes[0] == FIRST && bytes[1] == SECOND_OF_CONTAINER;
    }

    private static boolean isMarked(byte[] bytes) {
        return bytes.length >= MARKER_BYTES && bytes[0] == FIRST && bytes[1] == SECOND;
    }
}
