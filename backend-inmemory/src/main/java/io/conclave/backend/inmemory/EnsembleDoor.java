package io.conclave.backend.inmemory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Where clients reach a member of an {@link Ensemble}: passes bytes on, unless it is shut (connections are reset, new ones end at once) or held (bytes wait). Has threads of its own, daemons. */
final class EnsembleDoor implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 << 10;
    private static final int BACKLOG = 200;

    private final ServerSocket listener;
    private final int memberPort;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private volatile boolean shut = true;
    private volatile boolean held;

    private EnsembleDoor(ServerSocket listener, int memberPort) {
        this.listener = listener;
        this.memberPort = memberPort;
    }

    /**
     * Listens, shut, before the member at that port of the loopback interface.
     *
     * @param port 0 for any
     */
    static EnsembleDoor listen(int port, int memberPort) {
        try {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
            EnsembleDoor door = new EnsembleDoor(listener, memberPort);
            daemon(door::accept, "ensemble-door-" + listener.getLocalPort());
            return door;
        } catch (IOException notFree) {
            throw new UncheckedIOException("port " + port + " of the loopback interface cannot be used", notFree);
        }
    }

    private static void daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return listener.getLocalPort();
    }

    void open() {
        shut = false;
        release();
    }

    /** Resets all connections, and those that come. */
    void shut() {
        shut = true;
        open.forEach(EnsembleDoor::reset);
        release();
    }

    void hold() {
        held = true;
    }

    void release() {
        lock.lock();
        try {
            held = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                daemon(() -> serve(client), "ensemble-client");
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket member = new Socket()) {
            awaitFlow();
            if (shut) {
                reset(client);
                return;
            }
            member.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), memberPort));
            open.add(member);
            client.setTcpNoDelay(true);
            member.setTcpNoDelay(true);
            if (shut) {
                reset(client);
                reset(member);
            }
            Thread back = new Thread(() -> pass(member, client), "ensemble-answers");
            back.setDaemon(true);
            back.start();
            pass(client, member);
            back.join();
            open.remove(member);
        } catch (IOException over) {
            reset(client);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitFlow();
                out.write(buffer, 0, read);
            }
            to.shutdownOutput();
        } catch (IOException over) {
            reset(from);
            reset(to);
        }
    }

    private void awaitFlow() {
        lock.lock();
        try {
            while (held) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException closed) {
            return; // it is over either way
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException closed) {
            return; // nobody comes in either way
        } finally {
            shut();
        }
    }
}
