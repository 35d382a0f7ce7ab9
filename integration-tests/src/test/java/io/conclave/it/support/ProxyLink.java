package io.conclave.it.support;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One connection through a proxy: per direction a reader, a queue with the time at which each piece is due, and a writer. The reader decides what is lost, the writer waits for the time
 * and while the proxy is stalled. In framed mode a piece is a frame of ZooKeeper's protocol: four bytes of length, then from clients xid and opcode, from the server xid, zxid and error.
 */
final class ProxyLink {
    private static final int QUEUE_MAX = 4_096;
    private static final int CHUNK_MAX = 65_536;
    private static final int FRAME_MAX = 8 << 20;
    private static final int XID_EVENT = -1;
    private static final long STALL_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long END_POLL_MILLIS = 50;
    private static final Piece END = new Piece(new byte[0], 0, null, null);

    private static final class Piece {
        private final byte[] bytes;
        private final long dueNanos;
        private final Traffic.Kind kind;
        private final Request request;

        Piece(byte[] bytes, long dueNanos, Traffic.Kind kind, Request request) {
            this.bytes = bytes;
            this.dueNanos = dueNanos;
            this.kind = kind;
            this.request = request;
        }

        boolean isEnd() {
            return bytes.length == 0;
        }
    }

    private final FaultProxy proxy;
    private final long id;
    private final Socket client;
    private final Socket server = new Socket();
    private final Map<Integer, Request> asked = new ConcurrentHashMap<>();
    private final Map<Integer, FaultProxy.Rule> dropped = new ConcurrentHashMap<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile boolean lostToServer;
    private volatile boolean lostToClient;

    ProxyLink(FaultProxy proxy, long id, Socket client) {
        this.proxy = proxy;
        this.id = id;
        this.client = client;
    }

    void open(int target) {
        try {
            client.setTcpNoDelay(true);
            if (proxy.mode().isBlackhole()) {
                lostToServer = true;
                lostToClient = true;
            } else {
                server.connect(Ports.address(target));
                server.setTcpNoDelay(true);
                new Direction(false).start();
            }
            new Direction(true).start();
        } catch (IOException unreachable) {
            reset();
        }
    }

    boolean hasLost() {
        return lostToServer || lostToClient;
    }

    /** Ends both connections with a reset. */
    void reset() {
        end(true);
    }

    private void end(boolean reset) {
        if (ended.compareAndSet(false, true)) {
            for (Socket socket : new Socket[] {client, server}) {
                try {
                    if (reset) {
                        socket.setSoLinger(true, 0);
                    }
                } catch (IOException alreadyClosed) {
                    // nothing to reset
                }
                closeQuietly(socket);
            }
            dropped.values()
                    .forEach(rule -> rule.done().completeExceptionally(new IOException("cut before the reply")));
            proxy.ended(this);
        }
    }

    static void closeQuietly(Closeable socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // it is closed
        }
    }

    private final class Direction {
        private final boolean toServer;
        private final Socket from;
        private final Socket to;
        private final BlockingQueue<Piece> queue = new ArrayBlockingQueue<>(QUEUE_MAX);
        private boolean framed = proxy.isFramed();
        private boolean first = true;

        Direction(boolean toServer) {
            this.toServer = toServer;
            this.from = toServer ? client : server;
            this.to = toServer ? server : client;
        }

        void start() {
            String name = "proxy-" + proxy.port() + "-" + id + (toServer ? "-up" : "-down");
            FaultProxy.daemon(name + "-read", () -> guarded(this::read));
            FaultProxy.daemon(name + "-write", () -> guarded(this::write));
        }

        private void guarded(IoBody body) {
            try {
                body.run();
            } catch (IOException broken) {
                reset();
            } catch (InterruptedException | RuntimeException failure) {
                proxy.failed(failure);
                reset();
            }
        }

        private void read() throws IOException, InterruptedException {
            DataInputStream input = new DataInputStream(from.getInputStream());
            while (true) {
                byte[] bytes = framed ? readFrame(input) : readChunk(input);
                if (bytes.length == 0) {
                    enqueue(END);
                    return;
                }
                if (proxy.mode().loses(toServer) || (toServer ? lostToServer : lostToClient)) {
                    lose();
                } else if (!framed) {
                    enqueue(new Piece(bytes, due(), null, null));
                } else if (!pass(bytes)) {
                    return;
                }
                first = false;
            }
        }

        private void lose() {
            if (toServer) {
                lostToServer = true;
            } else {
                lostToClient = true;
            }
        }

        private long due() {
            return System.nanoTime() + proxy.delayNanos();
        }

        /** The whole frame with its length; nothing at the end. Four letters instead of a length: a question to the server. */
        private byte[] readFrame(DataInputStream input) throws IOException {
            try {
                int length = input.readInt();
                if (length < 0 || length > FRAME_MAX) {
                    framed = false;
                    return ByteBuffer.allocate(4).putInt(length).array();
                }
                byte[] frame = new byte[4 + length];
                ByteBuffer.wrap(frame).putInt(length);
                input.readFully(frame, 4, length);
                return frame;
            } catch (EOFException end) {
                return new byte[0];
            }
        }

        private byte[] readChunk(DataInputStream input) throws IOException {
            byte[] chunk = new byte[CHUNK_MAX];
            int length = input.read(chunk);
            return length < 0 ? new byte[0] : Arrays.copyOf(chunk, length);
        }

        /** Forwards a frame unless a rule strikes it; false ends the reading. */
        private boolean pass(byte[] bytes) throws IOException, InterruptedException {
            Piece piece = toServer ? request(bytes) : reply(bytes);
            FaultProxy.Rule rule = toServer ? proxy.takeRule(piece.request) : dropped.remove(xid(bytes));
            if (rule != null && toServer && rule.strike() == FaultProxy.Strike.DROP_REPLY) {
                dropped.put(piece.request.xid(), rule); // the request passes, its reply will not
                rule = null;
            } else if (rule != null && !toServer && !rule.answered().test(reply(bytes, piece.request))) {
                proxy.giveBack(rule);
                rule = null;
            }
            if (rule == null) {
                enqueue(piece);
                return true;
            }
            if (rule.strike() == FaultProxy.Strike.HOLD_REQUEST) {
                hold(rule, piece);
                return false;
            }
            return strike(rule, piece.request);
        }

        /** Leaves the connection to the server open, so that the server does not see the client go. */
        private void hold(FaultProxy.Rule rule, Piece piece) {
            if (ended.compareAndSet(false, true)) {
                proxy.hold(() -> sendLate(piece), server);
                closeQuietly(client);
                proxy.ended(ProxyLink.this);
            }
            rule.done().complete(piece.request);
        }

        private void sendLate(Piece piece) {
            try {
                to.getOutputStream().write(piece.bytes);
            } catch (IOException closedMeanwhile) {
                closeQuietly(server);
            }
        }

        private boolean strike(FaultProxy.Rule rule, Request request) throws IOException, InterruptedException {
            proxy.record(new Traffic.Frame(
                    id, toServer ? Traffic.Kind.REQUEST : Traffic.Kind.REPLY, request, System.nanoTime()));
            boolean silent = rule.afterwards().isBlackhole();
            lostToServer = true;
            lostToClient |= silent;
            proxy.struck(rule, ProxyLink.this);
            if (!silent && toServer) {
                end(true);
            } else if (!silent) {
                enqueue(END);
            }
            rule.done().complete(request);
            return silent;
        }

        private Piece request(byte[] bytes) {
            Request request = Request.parse(Arrays.copyOfRange(bytes, 4, bytes.length), first);
            asked.put(request.xid(), request);
            proxy.record(new Traffic.Frame(id, Traffic.Kind.REQUEST, request, System.nanoTime()));
            return new Piece(bytes, due(), Traffic.Kind.REQUEST, request);
        }

        private Reply reply(byte[] bytes, Request request) {
            return Reply.parse(Arrays.copyOfRange(bytes, 4, bytes.length), request);
        }

        private Piece reply(byte[] bytes) {
            int xid = first ? 0 : xid(bytes);
            if (first) {
                proxy.sessionGiven(bytes);
            }
            Request request = xid == XID_EVENT ? null : asked.remove(xid);
            Traffic.Kind kind = xid == XID_EVENT ? Traffic.Kind.EVENT : Traffic.Kind.REPLY;
            return new Piece(bytes, due(), kind, request == null ? new Request(xid, 0, List.of()) : request);
        }

        private int xid(byte[] bytes) {
            return bytes.length < 8 ? 0 : ByteBuffer.wrap(bytes).getInt(4);
        }

        private void write() throws IOException, InterruptedException {
            while (!ended.get()) {
                Piece piece = queue.poll(END_POLL_MILLIS, TimeUnit.MILLISECONDS);
                if (piece != null && piece.isEnd()) {
                    end(false);
                } else if (piece != null) {
                    deliver(piece);
                }
            }
        }

        private void deliver(Piece piece) throws IOException {
            for (long left = piece.dueNanos - System.nanoTime(); left > 0; left = piece.dueNanos - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            while (proxy.mode() == FaultProxy.Mode.STALL && !ended.get()) {
                LockSupport.parkNanos(STALL_POLL_NANOS);
            }
            if (!toServer && piece.kind != null) {
                proxy.record(new Traffic.Frame(id, piece.kind, piece.request, System.nanoTime()));
            }
            to.getOutputStream().write(piece.bytes);
        }

        private void enqueue(Piece piece) throws InterruptedException {
            while (!queue.offer(piece, END_POLL_MILLIS, TimeUnit.MILLISECONDS) && !ended.get()) {
                Thread.onSpinWait();
            }
        }
    }

    @FunctionalInterface
    private interface IoBody {
        void run() throws IOException, InterruptedException;
    }
}
