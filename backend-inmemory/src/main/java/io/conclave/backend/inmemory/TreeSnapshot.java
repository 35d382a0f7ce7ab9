package io.conclave.backend.inmemory;

import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * A whole tree as bytes and back. Equal trees give equal bytes.
 *
 * <p>Layout, big-endian: magic {@code CNVT}, format version (int), the store's id (text; empty if it is not replicated), revision, number of the last session (long each); nodes in the order of their paths;
 * sessions by id, each with the results that it remembers, oldest first; at last the CRC-32C of all before. Lists start with their length
 * (int), texts are {@link DataOutputStream#writeUTF}. What can be derived (owners' lists, contenders) is not written. Versions
 * 1 and 2, which hold less, are still read. A reader refuses versions that it does not know.
 */
final class TreeSnapshot {
    static final int VERSION = 3;
    /** The version before nodes told their last write. */
    private static final int WITHOUT_MODIFIED = 1;
    /** The last version before stores were replicated: without the store's id and the sessions' keys. */
    private static final int EMBEDDED = 2;

    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int MAGIC = 0x434e5654;
    private static final int CHECKSUM_BYTES = 4;
    private static final int BYTES_MIN = 32;

    private TreeSnapshot() {}

    static byte[] write(TreeCapture tree) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(tree, bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** Writes a captured tree piece by piece; does not close the stream. */
    static void write(TreeCapture tree, OutputStream stream) throws IOException {
        CheckedOutputStream summed = new CheckedOutputStream(stream, new CRC32C());
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(summed, BUFFER_BYTES));
        out.writeInt(MAGIC);
        out.writeInt(VERSION);
        out.writeUTF(tree.storeId);
        out.writeLong(tree.revision);
        out.writeLong(tree.lastSession);
        out.writeInt(tree.nodes.length);
        for (int i = 0; i < tree.nodes.length; i++) {
            writeNode(tree.nodes[i], tree.data[i], tree.modified[i], tree.versions[i], out);
        }
        out.writeInt(tree.sessions.size());
        for (TreeCapture.Held session : tree.sessions) {
            writeSession(session, out);
        }
        out.flush();
        out.writeInt((int) summed.getChecksum().getValue());
        out.flush();
    }

    /**
     * The tree that was written.
     *
     * @throws IllegalArgumentException if the bytes are no snapshot, of an unknown version, or damaged
     */
    static NodeTree read(byte[] bytes) {
        if (bytes.length < BYTES_MIN) {
            throw new IllegalArgumentException(bytes.length + " bytes are too few for a snapshot");
        }
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readInt() != MAGIC) {
                throw new IllegalArgumentException("these bytes are no snapshot of a tree");
            }
            int version = in.readInt();
            if (version < WITHOUT_MODIFIED || version > VERSION) {
                throw new IllegalArgumentException("snapshot version " + version
                        + " is not known here; this build reads versions " + WITHOUT_MODIFIED + " to " + VERSION);
            }
            requireIntact(bytes);
            NodeTree tree = readBody(in, version);
            if (in.available() != CHECKSUM_BYTES) {
                throw new IllegalArgumentException("the snapshot does not end where its contents end");
            }
            return tree;
        } catch (IOException damaged) {
            throw new IllegalArgumentException("the snapshot is damaged: " + damaged.getMessage(), damaged);
        }
    }

    private static void requireIntact(byte[] bytes) {
        int length = bytes.length - CHECKSUM_BYTES;
        int stored = 0;
        for (int i = length; i < bytes.length; i++) {
            stored = (stored << 8) | (bytes[i] & 0xff);
        }
        if (checksum(bytes, length) != stored) {
            throw new IllegalArgumentException("the snapshot is damaged: its checksum is wrong");
        }
    }

    private static int checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    private static NodeTree readBody(DataInputStream in, int version) throws IOException {
        String storeId = version <= EMBEDDED ? "" : in.readUTF();
        NodeTree tree = new NodeTree(in.readLong());
        tree.storeId = storeId;
        tree.lastSession = in.readLong();
        List<TreeNode> nodes = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            nodes.add(readNode(in, version, tree.revision));
        }
        for (int left = in.readInt(); left > 0; left--) {
            tree.enter(readSession(in, version));
        }
        for (TreeNode node : nodes) {
            tree.index(node, node.mode.isEphemeral() ? tree.sessions.get(node.owner) : null);
        }
        return tree;
    }

    // ---- nodes

    private static void writeNode(TreeNode node, Payload data, long modified, long version, DataOutputStream out)
            throws IOException {
        out.writeUTF(node.path.toString());
        out.writeByte(code(node.mode));
        out.writeUTF(node.owner);
        out.writeLong(node.createdRevision);
        out.writeLong(modified);
        out.writeLong(version);
        if (node.mode.isSequential()) {
            out.writeLong(node.number);
        }
        out.writeInt(data.size());
        out.write(data.toByteArray());
    }

    /** Version 1 does not tell when a node was put to last: then it counts as put to by the latest commit. */
    private static TreeNode readNode(DataInputStream in, int format, long latest) throws IOException {
        NodePath path = NodePath.of(in.readUTF());
        CreateMode mode = mode(in.readByte());
        String owner = in.readUTF();
        long createdRevision = in.readLong();
        long told = format == WITHOUT_MODIFIED ? latest : in.readLong();
        long version = in.readLong();
        long number = mode.isSequential() ? in.readLong() : 0;
        Payload data = readPayload(in);
        TreeNode node = mode.isSequential()
                ? TreeNode.sequential(
                        path, mode, owner, createdRevision, SequentialName.split(path.name(), number), data)
                : TreeNode.named(path, mode, owner, createdRevision, data);
        node.version = version;
        node.modifiedRevision = format == WITHOUT_MODIFIED && version == 0 ? createdRevision : told;
        return node;
    }

    private static Payload readPayload(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IllegalArgumentException("the snapshot is damaged: a payload of " + length + " bytes");
        }
        return Payload.of(in.readNBytes(length));
    }

    private static int code(CreateMode mode) {
        return switch (mode) {
            case PERSISTENT -> 0;
            case EPHEMERAL -> 1;
            case PERSISTENT_SEQUENTIAL -> 2;
            case EPHEMERAL_SEQUENTIAL -> 3;
        };
    }

    private static CreateMode mode(int code) {
        return switch (code) {
            case 0 -> CreateMode.PERSISTENT;
            case 1 -> CreateMode.EPHEMERAL;
            case 2 -> CreateMode.PERSISTENT_SEQUENTIAL;
            case 3 -> CreateMode.EPHEMERAL_SEQUENTIAL;
            default -> throw new IllegalArgumentException("the snapshot is damaged: create mode " + code);
        };
    }

    // ---- sessions

    private static void writeSession(TreeCapture.Held held, DataOutputStream out) throws IOException {
        TreeSession session = held.session();
        out.writeUTF(session.id);
        out.writeUTF(session.key);
        out.writeLong(session.nonce);
        out.writeLong(session.incarnation);
        out.writeLong(session.ttlMillis);
        out.writeInt(held.results().size());
        for (Map.Entry<OpId, OpRecord> result : held.results()) {
            out.writeLong(result.getKey().nonce());
            out.writeLong(result.getKey().counter());
            writeResult(result.getValue(), out);
        }
    }

    private static TreeSession readSession(DataInputStream in, int version) throws IOException {
        String id = in.readUTF();
        String key = version <= EMBEDDED ? "" : in.readUTF();
        TreeSession session = new TreeSession(id, key, in.readLong(), in.readLong(), in.readLong());
        for (int left = in.readInt(); left > 0; left--) {
            OpId opId = new OpId(in.readLong(), in.readLong());
            session.results.put(opId, readResult(in));
        }
        return session;
    }

    private static void writeResult(OpRecord result, DataOutputStream out) throws IOException {
        if (result instanceof OpRecord.Refused refused) {
            out.writeByte(0);
            out.writeInt(refused.index());
        } else if (result instanceof OpRecord.Never never) {
            out.writeByte(1);
            out.writeUTF(never.message());
        } else {
            OpRecord.Applied applied = (OpRecord.Applied) result;
            out.writeByte(2);
            out.writeLong(applied.revision());
            out.writeBoolean(applied.undoable());
            out.writeInt(applied.made().size());
            for (OpRecord.Made made : applied.made()) {
                out.writeUTF(made.path().toString());
                out.writeBoolean(made.sequential());
                out.writeLong(made.number());
                out.writeBoolean(made.ephemeral());
            }
        }
    }

    private static OpRecord readResult(DataInputStream in) throws IOException {
        int kind = in.readByte();
        return switch (kind) {
            case 0 -> new OpRecord.Refused(in.readInt());
            case 1 -> new OpRecord.Never(in.readUTF());
            case 2 -> readApplied(in);
            default -> throw new IllegalArgumentException("the snapshot is damaged: result kind " + kind);
        };
    }

    private static OpRecord.Applied readApplied(DataInputStream in) throws IOException {
        long revision = in.readLong();
        boolean undoable = in.readBoolean();
        List<OpRecord.Made> made = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
            made.add(new OpRecord.Made(NodePath.of(in.readUTF()), in.readBoolean(), in.readLong(), in.readBoolean()));
        }
        return new OpRecord.Applied(revision, List.copyOf(made), undoable);
    }
}
