package io.conclave.it.support;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.jute.BinaryInputArchive;
import org.apache.zookeeper.MultiOperationRecord;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.OpCode;

/**
 * A request of a ZooKeeper client as it passes a proxy.
 *
 * @param xid the client's number of it
 * @param opcode of {@link OpCode}; {@link #CONNECT} for the first frame of a connection
 * @param parts the operations inside a {@code multi}, else the request itself; paths are those of the server, chroot included
 */
public record Request(int xid, int opcode, List<Part> parts) {
    /** Stands for the first frame of a connection, which has no opcode. */
    public static final int CONNECT = -100;

    /**
     * One operation.
     *
     * @param opcode of {@link OpCode}
     * @param path empty if it has none
     */
    public record Part(int opcode, String path) {}

    /** Copies the parts. */
    public Request {
        parts = List.copyOf(parts);
    }

    /** Whether it, or a part of it, has one of these opcodes. */
    public boolean is(int... opcodes) {
        for (int wanted : opcodes) {
            if (opcode == wanted || parts.stream().anyMatch(part -> part.opcode == wanted)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a path in it matches. */
    public boolean touches(Predicate<String> path) {
        return parts.stream().anyMatch(part -> path.test(part.path));
    }

    /** Whether it is a create of any kind, also within a {@code multi}. */
    public boolean isCreate() {
        return is(OpCode.create, OpCode.create2, OpCode.createContainer, OpCode.createTTL);
    }

    /** Whether it changes the store: creates, deletes, sets data; alone or within a {@code multi}. */
    public boolean isWrite() {
        return isCreate() || is(OpCode.delete, OpCode.deleteContainer, OpCode.setData, OpCode.setACL);
    }

    /** Whether it is the client library's own: ping, connect, authentication, watches set again, end of the session. */
    public boolean isHousekeeping() {
        return is(
                OpCode.ping,
                CONNECT,
                OpCode.auth,
                OpCode.sasl,
                OpCode.setWatches,
                OpCode.setWatches2,
                OpCode.closeSession);
    }

    /** Reads a frame without its length; the first of a connection if {@code first}. */
    static Request parse(byte[] frame, boolean first) {
        if (first) {
            return new Request(0, CONNECT, List.of());
        }
        ByteBuffer header = ByteBuffer.wrap(frame);
        int xid = header.getInt();
        int opcode = header.getInt();
        ByteArrayInputStream body = new ByteArrayInputStream(frame, 8, frame.length - 8);
        return new Request(xid, opcode, parts(opcode, BinaryInputArchive.getArchive(body)));
    }

    private static List<Part> parts(int opcode, BinaryInputArchive body) {
        try {
            return switch (opcode) {
                case OpCode.ping,
                        OpCode.auth,
                        OpCode.sasl,
                        OpCode.closeSession,
                        OpCode.setWatches,
                        OpCode.setWatches2,
                        OpCode.whoAmI -> List.of();
                case OpCode.multi, OpCode.multiRead -> partsOfMulti(body);
                default -> List.of(new Part(opcode, body.readString("path")));
            };
        } catch (IOException unreadable) {
            throw new IllegalStateException("a request of kind " + opcode + " cannot be read", unreadable);
        }
    }

    private static List<Part> partsOfMulti(BinaryInputArchive body) throws IOException {
        MultiOperationRecord operations = new MultiOperationRecord();
        operations.deserialize(body, "multi");
        List<Part> parts = new ArrayList<>();
        for (Op operation : operations) {
            parts.add(new Part(operation.getType(), operation.getPath()));
        }
        return parts;
    }
}
