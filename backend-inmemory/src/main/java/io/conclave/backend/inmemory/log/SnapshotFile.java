package io.conclave.backend.inmemory.log;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * The machine's state in a file.
 *
 * <p>Layout, big-endian: magic {@code CNVS} and format version (int each), what the machine wrote, CRC-32C of all before (long). Checked as a whole before the machine sees any of it.
 */
final class SnapshotFile {
    static final String NAME = "state";
    private static final int MAGIC = 0x434e5653;
    private static final int VERSION = 1;
    private static final int HEAD = 8;
    private static final int TAIL = 8;
    private static final int BUFFER = 1 << 16;

    private SnapshotFile() {}

    /** Writes a file that does not exist yet; returns its size. */
    static long write(Path file, ReplicatedLog.SnapshotWriter writer, boolean sync) throws IOException {
        Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (FileChannel channel = PrivateFiles.open(file, options)) {
            OutputStream raw = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
            CheckedOutputStream checked = new CheckedOutputStream(raw, new CRC32C());
            DataOutputStream out = new DataOutputStream(checked);
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            writer.writeTo(new Unclosable(out));
            out.writeLong(checked.getChecksum().getValue());
            out.flush();
            if (sync) {
                channel.force(true);
            }
            return channel.size();
        }
    }

    /** Checks a file and hands what the machine wrote back to it. */
    static void read(Path file, ReplicatedLog.Machine machine) throws IOException {
        long size = Files.size(file);
        if (size < HEAD + TAIL) {
            throw new CorruptLogException(file, "a file of " + size + " bytes cannot be a snapshot");
        }
        check(file, size);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            in.skipNBytes(HEAD);
            machine.restore(new Limited(in, size - HEAD - TAIL));
        }
    }

    private static void check(Path file, long size) throws IOException {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            CheckedInputStream checked = new CheckedInputStream(raw, new CRC32C());
            DataInputStream in = new DataInputStream(checked);
            int magic = in.readInt();
            int version = in.readInt();
            in.skipNBytes(size - HEAD - TAIL);
            if (checked.getChecksum().getValue() != new DataInputStream(raw).readLong()) {
                throw new CorruptLogException(file, "its content does not fit its checksum");
            }
            if (magic != MAGIC || version != VERSION) {
                throw new CorruptLogException(file, "it is no snapshot of format " + VERSION);
            }
        }
    }

    /** A machine that closes its stream does not close ours. */
    private static final class Unclosable extends OutputStream {
        private final OutputStream out;

        Unclosable(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }
    }

    private static final class Limited extends FilterInputStream {
        private long left;

        Limited(InputStream in, long left) {
            super(in);
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            if (left == 0) {
                return -1;
            }
            int read = super.read();
            left -= read < 0 ? 0 : 1;
            return read;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (left == 0 && length > 0) {
                return -1;
            }
            int read = super.read(into, offset, (int) Math.min(length, left));
            left -= Math.max(read, 0);
            return read;
        }

        @Override
        public long skip(long n) throws IOException {
            long skipped = super.skip(Math.min(n, left));
            left -= skipped;
            return skipped;
        }

        @Override
        public int available() throws IOException {
            return (int) Math.min(super.available(), left);
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        @Override
        public void close() {
            // the file is closed by whoever opened it
        }
    }
}
