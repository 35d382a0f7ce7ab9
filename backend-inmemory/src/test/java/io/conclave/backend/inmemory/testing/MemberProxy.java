package io.conclave.backend.inmemory.testing;

import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.MessageType;
import io.conclave.backend.inmemory.wire.Wire;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Between one client and one member: forwards frame by frame, and does to them what a test wants. Where a member names the leader's address, the client reads that of the leader's proxy. */
public final class MemberProxy implements AutoCloseable {
    private final int memberPort;
    private final ServerSocket listener;
    private final List<ProxiedConnection> connections = new CopyOnWriteArrayList<>();
    private final Map<String, String> addresses = new ConcurrentHashMap<>();
    private final List<Planned> planned = new CopyOnWriteArrayList<>();
    private volatile boolean cut;
    private volatile boolean swallowsAnswers;
    private volatile boolean stalled;
    private volatile Duration delay = Duration.ZERO;
    private volatile long lastAnsweredAnewNanos;
    private final Object stall = new Object();

    private record Planned(
            MemberFault fault, Predicate<MessageType> type, Predicate<byte[]> which, CompletableFuture<Void> done) {}

    private MemberProxy(int memberPort) throws IOException {
        this.memberPort = memberPort;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    /** A proxy before the member that listens on this port. */
    public static MemberProxy before(int memberPort) {
        try {
            MemberProxy proxy = new MemberProxy(memberPort);
            daemon(proxy::accept, "proxy-" + proxy.port());
            return proxy;
        } catch (IOException noPort) {
            throw new UncheckedIOException(noPort);
        }
    }

    static void daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                connections.removeIf(ProxiedConnection::isOver);
                ProxiedConnection connection = new ProxiedConnection(this, client);
                connections.add(connection);
                daemon(connection::open, "proxy-open");
            } catch (IOException closed) {
                return;
            }
        }
    }

    /** Where the client connects. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Where the client connects. */
    public String address() {
        return "127.0.0.1:" + port();
    }

    /** A member's own address, and what the client reads in its place. */
    public void translate(String member, String proxy) {
        addresses.put(member, proxy);
    }

    // ---- faults

    /** Nothing passes from now on, nobody is told. */
    public void cut() {
        cut = true;
    }

    /** What the member says is lost from now on; requests pass. */
    public void swallowAnswers() {
        swallowsAnswers = true;
    }

    /** All bytes wait from now on. */
    public void stall() {
        stalled = true;
    }

    /** Ends {@link #cut}, {@link #swallowAnswers} and {@link #stall}; connections from which something was lost are reset. */
    public void heal() {
        boolean lost = cut || swallowsAnswers;
        cut = false;
        swallowsAnswers = false;
        if (lost) {
            reset();
        }
        synchronized (stall) {
            stalled = false;
            stall.notifyAll();
        }
    }

    /** Resets all connections. */
    public void reset() {
        connections.forEach(ProxiedConnection::close);
        connections.clear();
    }

    /** What the next commit meets. The future completes when it has; with {@link MemberFault#LOSE_REPLY}, when the reply is lost. */
    public CompletableFuture<Void> atNextCommit(MemberFault fault) {
        return atNextCommit(fault, commit -> true);
    }

    /** What the next commit meets whose bytes are so. */
    public CompletableFuture<Void> atNextCommit(MemberFault fault, Predicate<byte[]> which) {
        return plan(fault, type -> type == MessageType.COMMIT, which);
    }

    /** What the next commit or withdrawal meets. */
    public CompletableFuture<Void> atNextSettling(MemberFault fault) {
        return plan(fault, type -> type == MessageType.COMMIT || type == MessageType.WITHDRAW, commit -> true);
    }

    private CompletableFuture<Void> plan(MemberFault fault, Predicate<MessageType> type, Predicate<byte[]> which) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        planned.add(new Planned(fault, type, which, done));
        return done;
    }

    /** Takes back what was planned and has not happened. */
    public void unplan() {
        planned.clear();
    }

    /** Lets commits go on that are held; false if there was none on a connection that lives. */
    public boolean release() {
        boolean any = false;
        for (ProxiedConnection connection : connections) {
            any |= connection.release();
        }
        return any;
    }

    /** Each answer is held for so long; their order stays. */
    public void delayAnswers(Duration wait) {
        delay = wait;
    }

    /** When the member last answered on a new connection, by {@link System#nanoTime}; 0 if never. */
    public long lastAnsweredAnewNanos() {
        return lastAnsweredAnewNanos;
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException ignored) {
            // nobody connects any more either way
        }
        heal();
        reset();
    }

    // ---- for the connections

    Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), memberPort);
    }

    void answeredAnew() {
        lastAnsweredAnewNanos = System.nanoTime();
    }

    boolean swallows(boolean answers) {
        return cut || (answers && swallowsAnswers);
    }

    Duration delay() {
        return delay;
    }

    void awaitFlow() {
        synchronized (stall) {
            while (stalled) {
                try {
                    stall.wait();
                } catch (InterruptedException ended) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    /** What this request meets. */
    @Nullable
    Strike strikeAt(MessageType type, byte[] frame) {
        Planned met = planned.stream()
                .filter(each -> each.type.test(type) && each.which.test(frame))
                .findFirst()
                .orElse(null);
        return met != null && planned.remove(met) ? new Strike(met.fault, met.done) : null;
    }

    record Strike(MemberFault fault, CompletableFuture<Void> done) {}

    byte[] translated(MessageType type, byte[] frame) {
        if (type != MessageType.WELCOME && type != MessageType.MOVED) {
            return frame;
        }
        Message message = Wire.decode(frame);
        Message changed = message instanceof Message.Welcome welcome
                ? new Message.Welcome(
                        welcome.version(),
                        welcome.storeId(),
                        welcome.member(),
                        welcome.leading(),
                        addresses.getOrDefault(welcome.leaderAddress(), welcome.leaderAddress()))
                : new Message.Moved(addresses.getOrDefault(
                        ((Message.Moved) message).leaderAddress(), ((Message.Moved) message).leaderAddress()));
        byte[] whole = Wire.encode(changed);
        return java.util.Arrays.copyOfRange(whole, Integer.BYTES, whole.length);
    }

    static byte[] readFrame(DataInputStream in) throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }
}
