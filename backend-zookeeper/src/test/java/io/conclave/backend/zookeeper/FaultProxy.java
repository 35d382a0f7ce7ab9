package io.conclave.backend.zookeeper;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.zookeeper.KeeperException.Code;

/**
 * Stands between one client and a server and forwards whole packets. It can hold everything back, lose the next commit (a transaction that
 * begins with a write), its answer or that of its settling, falsify an answer, and slow answers down.
 */
final class FaultProxy implements AutoCloseable {
    private static final int MULTI = 14;
    private static final int SET_DATA = 5;
    private static final int HEADER_BYTES = 8;
    private static final int ANSWER_BYTES = 16;

    /** What happens to the next commit. */
    enum Fault {
        NONE,
        LOSE_REQUEST,
        /** Of the next commit that is applied. */
        LOSE_REPLY,
        /** Not of a commit: of the next write to a slot alone, by which a commit in doubt is settled. */
        LOSE_REPLY_OF_SETTLING,
        /** Kept back with its connection, while the client makes another. */
        HOLD
    }

    private final ServerSocket door;
    private final int serverPort;
    private final AtomicReference<Runnable> held = new AtomicReference<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Code> failures = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition healed = lock.newCondition();
    private boolean cut;
    private boolean closed;
    private Fault next = Fault.NONE;
    private volatile long delayNanos;

    FaultProxy(int serverPort) {
        this.serverPort = serverPort;
        try {
            door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        thread("proxy-door", this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    void cut() {
        lock.lock();
        try {
            cut = true;
        } finally {
            lock.unlock();
        }
    }

    void heal() {
        lock.lock();
        try {
            cut = false;
            healed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void atNextCommit(Fault fault) {
        lock.lock();
        try {
            next = fault;
        } finally {
            lock.unlock();
        }
    }

    /** The next answer to a request of this kind says that it failed so. */
    void failNext(int opcode, Code code) {
        failures.put(opcode, code);
    }

    void delayAnswers(Duration delay) {
        delayNanos = delay.toNanos();
    }

    /** Ends all connections, as a server that goes away does. */
    void dropConnections() {
        sockets.forEach(FaultProxy::closeQuietly);
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            healed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            door.close();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        dropConnections();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket client = door.accept();
                client.setTcpNoDelay(true);
                sockets.add(client);
                thread("proxy-connect", () -> connect(client));
            } catch (IOException over) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        awaitHealed();
        try {
            Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
            server.setTcpNoDelay(true);
            sockets.add(server);
            if (closed) {
                closeQuietly(server);
            }
            Connection connection = new Connection(client, server);
            thread("proxy-requests", connection::requests);
            thread("proxy-answers", connection::answers);
            thread("proxy-delayed", connection::delayed);
        } catch (IOException refused) {
            closeQuietly(client);
        }
    }

    private void awaitHealed() {
        lock.lock();
        try {
            while (cut && !closed) {
                healed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Lets the commit that was held go on, if its connection still stands. */
    void release() {
        Runnable packet = held.getAndSet(null);
        if (packet != null) {
            packet.run();
        }
    }

    private Fault takeFault(byte[] packet) {
        lock.lock();
        try {
            if (!(next == Fault.LOSE_REPLY_OF_SETTLING ? isSettling(packet) : isCommit(packet))) {
                return Fault.NONE;
            }
            Fault fault = next;
            next = Fault.NONE;
            return fault;
        } finally {
            lock.unlock();
        }
    }

    private static boolean isCommit(byte[] packet) {
        ByteBuffer buffer = ByteBuffer.wrap(packet);
        return packet.length > HEADER_BYTES + Integer.BYTES
                && buffer.getInt(Integer.BYTES) == MULTI
                && buffer.getInt(HEADER_BYTES) == SET_DATA;
    }

    private static boolean isSettling(byte[] packet) {
        return ByteBuffer.wrap(packet).getInt(Integer.BYTES) == SET_DATA;
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            return; // it is closed all the same
        }
    }

    private static void thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Packet implements Delayed {
        final byte[] bytes;
        final long due;

        Packet(byte[] bytes, long due) {
            this.bytes = bytes;
            this.due = due;
        }

        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(due - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(due, ((Packet) other).due);
        }
    }

    private final class Connection {
        private final Socket client;
        private final Socket server;
        private final DelayQueue<Packet> queue = new DelayQueue<>();
        private volatile boolean holding;
        private final Map<Integer, Code> failed = new ConcurrentHashMap<>();
        private volatile boolean ofSettling;
        private volatile int lostXid = Integer.MIN_VALUE;
        private long lastDue;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void requests() {
            boolean holds = false;
            try {
                DataInputStream in = new DataInputStream(client.getInputStream());
                DataOutputStream out = new DataOutputStream(server.getOutputStream());
                for (boolean first = true; ; first = false) {
                    byte[] packet = read(in);
                    awaitHealed();
                    if (!first) {
                        Code failure = failures.remove(ByteBuffer.wrap(packet).getInt(Integer.BYTES));
                        if (failure != null) {
                            failed.put(ByteBuffer.wrap(packet).getInt(), failure);
                        }
                        Fault fault = takeFault(packet);
                        if (fault == Fault.LOSE_REQUEST) {
                            return;
                        }
                        if (fault == Fault.LOSE_REPLY || fault == Fault.LOSE_REPLY_OF_SETTLING) {
                            ofSettling = fault == Fault.LOSE_REPLY_OF_SETTLING;
                            lostXid = ByteBuffer.wrap(packet).getInt();
                        }
                        if (fault == Fault.HOLD) {
                            holds = true;
                            hold(out, packet);
                            return;
                        }
                    }
                    write(out, packet);
                }
            } catch (IOException over) {
                return;
            } finally {
                if (!holds) {
                    end();
                }
            }
        }

        private void hold(DataOutputStream out, byte[] packet) {
            holding = true;
            held.set(() -> {
                try {
                    write(out, packet);
                } catch (IOException gone) {
                    closeQuietly(server);
                }
            });
            closeQuietly(client);
        }

        void answers() {
            try (DataInputStream in = new DataInputStream(server.getInputStream())) {
                for (boolean first = true; ; first = false) {
                    byte[] packet = read(in);
                    Code failure =
                            first ? null : failed.remove(ByteBuffer.wrap(packet).getInt());
                    if (failure != null) {
                        ByteBuffer.wrap(packet).putInt(ANSWER_BYTES - Integer.BYTES, failure.intValue());
                    }
                    if (!first && ByteBuffer.wrap(packet).getInt() == lostXid) {
                        if (ofSettling || isApplied(packet)) {
                            return;
                        }
                        atNextCommit(Fault.LOSE_REPLY);
                    }
                    lastDue = Math.max(lastDue + 1, System.nanoTime() + delayNanos);
                    queue.add(new Packet(packet, lastDue));
                }
            } catch (IOException over) {
                return;
            } finally {
                queue.add(new Packet(new byte[0], lastDue + 1));
            }
        }

        void delayed() {
            try (DataOutputStream out = new DataOutputStream(client.getOutputStream())) {
                while (true) {
                    byte[] packet = queue.take().bytes;
                    awaitHealed();
                    if (packet.length == 0) {
                        return;
                    }
                    write(out, packet);
                }
            } catch (IOException | InterruptedException over) {
                return;
            } finally {
                end();
            }
        }

        private void end() {
            closeQuietly(client);
            if (holding) {
                return;
            }
            closeQuietly(server);
            sockets.remove(client);
            sockets.remove(server);
        }

        private boolean isApplied(byte[] answer) {
            ByteBuffer buffer = ByteBuffer.wrap(answer);
            int error = buffer.getInt(ANSWER_BYTES - Integer.BYTES);
            return error == 0
                    && answer.length > ANSWER_BYTES + Integer.BYTES
                    && buffer.getInt(ANSWER_BYTES) == SET_DATA;
        }

        private byte[] read(DataInputStream in) throws IOException {
            byte[] packet = new byte[in.readInt()];
            in.readFully(packet);
            return packet;
        }

        private void write(DataOutputStream out, byte[] packet) throws IOException {
            byte[] framed = ByteBuffer.allocate(Integer.BYTES + packet.length)
                    .putInt(packet.length)
                    .put(packet)
                    .array();
            out.write(framed);
            out.flush();
        }
    }
}
