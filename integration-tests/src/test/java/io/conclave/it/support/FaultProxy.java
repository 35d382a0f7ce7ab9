package io.conclave.it.support;

import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * A TCP proxy on 127.0.0.1 before one server, in the test's JVM, that fails on request.
 *
 * <p>Before a ZooKeeper client port ({@link #before}) it reads the clients' frames: single replies and requests can be dropped, and {@link #startRecording} logs them. Before any other
 * port ({@link #opaque}) it only copies bytes.
 *
 * <p>What went into a black hole is lost, so {@link Mode#PASS} first cuts the connections that lost something; what was stalled arrives late. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    private static final int RECORDED_MAX = 200_000;
    private static final int BIND_ATTEMPTS_MAX = 100;
    private static final long BIND_PAUSE_NANOS = 20_000_000;
    private static final int BACKLOG = 512;
    private static final int SESSION_ANSWER_LEAST = 24;

    /** What happens to connections and bytes. */
    public enum Mode {
        /** Everything passes. */
        PASS,
        /** Connections are reset, and new ones refused. */
        REFUSE,
        /** Connections are accepted, and everything is read and thrown away, both ways: no reset tells anybody. */
        BLACKHOLE,
        /** What clients send is thrown away. */
        BLACKHOLE_TO_SERVER,
        /** What the server sends is thrown away. */
        BLACKHOLE_TO_CLIENT,
        /** Everything waits, both ways, and goes on with the next mode: like a partition that TCP outlives. */
        STALL;

        boolean loses(boolean toServer) {
            return this == BLACKHOLE || this == (toServer ? BLACKHOLE_TO_SERVER : BLACKHOLE_TO_CLIENT);
        }

        boolean isBlackhole() {
            return loses(true) || loses(false);
        }
    }

    /** What strikes. */
    enum Strike {
        DROP_REPLY,
        DROP_REQUEST,
        HOLD_REQUEST
    }

    /** A fault for one request. */
    record Rule(
            Strike strike,
            Predicate<Request> wanted,
            Predicate<Reply> answered,
            Mode afterwards,
            CompletableFuture<Request> done) {}

    private final int target;
    private final boolean framed;
    private final int port = Ports.free();
    private final AtomicLong connections = new AtomicLong();
    private final Map<Long, byte[]> passwords = new ConcurrentHashMap<>();
    // All guarded by this, but the volatile ones may be read without.
    private final List<ProxyLink> links = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private final List<Traffic.Frame> recorded = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private final List<Closeable> halfOpen = new ArrayList<>();
    private ServerSocket listener;
    private boolean closed;
    private boolean recording;
    private volatile Mode mode = Mode.PASS;
    private volatile long delayNanos;
    private volatile long lastSessionNanos;

    private FaultProxy(int target, boolean framed) throws IOException {
        this.target = target;
        this.framed = framed;
        synchronized (this) {
            listen();
        }
    }

    /** A proxy before the client port of a ZooKeeper server. */
    public static FaultProxy before(int clientPort) throws IOException {
        return new FaultProxy(clientPort, true);
    }

    /** A proxy for any protocol, without the faults and figures of single requests. */
    public static FaultProxy opaque(int targetPort) throws IOException {
        return new FaultProxy(targetPort, false);
    }

    /** Where it listens. */
    public int port() {
        return port;
    }

    /** {@code 127.0.0.1:port} of where it listens. */
    public String host() {
        return "127.0.0.1:" + port;
    }

    /** The present mode. */
    public Mode mode() {
        return mode;
    }

    /** Changes the mode; at once for what has not passed yet. */
    public void mode(Mode next) throws IOException {
        change(next, null);
    }

    /** Resets all connections; new ones pass. */
    public void cut() {
        List<ProxyLink> open;
        synchronized (this) {
            open = List.copyOf(links);
        }
        open.forEach(ProxyLink::reset);
    }

    /** Everything takes this long, each way, from now on; the order is kept. */
    public void delay(Duration oneWay) {
        delayNanos = oneWay.toNanos();
    }

    /**
     * The next such request is applied and its reply lost: it is forwarded, the reply swallowed, and then the connection is closed and the mode set; with a black hole as the mode the
     * connection stays, silent. Earlier replies still arrive.
     *
     * @return completes with the request once its reply was swallowed; cancel it to drop nothing
     */
    public CompletableFuture<Request> dropNextReply(Predicate<Request> wanted, Mode afterwards) {
        return dropNextReply(wanted, reply -> true, afterwards);
    }

    /** Like {@link #dropNextReply(Predicate, Mode)}, of the next such request that is answered so; other answers arrive. */
    public CompletableFuture<Request> dropNextReply(
            Predicate<Request> wanted, Predicate<Reply> answered, Mode afterwards) {
        return addRule(new Rule(Strike.DROP_REPLY, wanted, answered, afterwards, new CompletableFuture<>()));
    }

    /** Like {@link #dropNextReply}, but the request itself is lost: the server never sees it. */
    public CompletableFuture<Request> dropNextRequest(Predicate<Request> wanted, Mode afterwards) {
        return addRule(new Rule(Strike.DROP_REQUEST, wanted, reply -> true, afterwards, new CompletableFuture<>()));
    }

    /**
     * The next such request is held up on its way: the client's connection is cut, that to the server stays, and the request arrives there by {@link #releaseHeld}, after whatever the client
     * does meanwhile on other connections.
     *
     * @return completes with the request once it is held; cancel it to hold nothing
     */
    public CompletableFuture<Request> holdNextRequest(Predicate<Request> wanted) {
        return addRule(new Rule(Strike.HOLD_REQUEST, wanted, reply -> true, Mode.PASS, new CompletableFuture<>()));
    }

    /** Sends what was held up on to the server; if the server has closed that connection meanwhile, it is lost. Returns false if nothing is held. */
    public boolean releaseHeld() {
        List<Runnable> sends;
        synchronized (this) {
            sends = List.copyOf(held);
            held.clear();
        }
        sends.forEach(Runnable::run);
        return !sends.isEmpty();
    }

    /** Starts a new log of frames. */
    public synchronized void startRecording() {
        recorded.clear();
        recording = true;
    }

    /**
     * What has passed since {@link #startRecording}. Round trips are told apart reliably only with a {@link #delay} of some milliseconds.
     *
     * @throws IllegalStateException if it was too much to keep
     */
    public synchronized Traffic recorded() {
        if (recorded.size() >= RECORDED_MAX) {
            throw new IllegalStateException("more than " + RECORDED_MAX + " frames");
        }
        return new Traffic(recorded);
    }

    /**
     * Ends a session at the server, as an expiry does: as another client of the same session, with the password that the server gave when it was opened through this proxy.
     *
     * @return false if it was not opened through this proxy
     */
    public boolean endSession(long sessionId) throws IOException, InterruptedException {
        byte[] password = passwords.get(sessionId);
        if (password == null) {
            return false;
        }
        DirectClient.endSession("127.0.0.1:" + target, sessionId, password);
        return true;
    }

    /**
     * A session as another client goes on with it, directly at the server and with the password that the server gave when it was opened through this proxy: it lives until that
     * client is closed, whatever becomes of its first one. Cut the first one off before, or it takes the session back.
     */
    public DirectClient takeSession(long sessionId) throws IOException, InterruptedException {
        byte[] password = passwords.get(sessionId);
        if (password == null) {
            throw new IllegalArgumentException("this session was not opened through this proxy");
        }
        return DirectClient.ofSession("127.0.0.1:" + target, sessionId, password);
    }

    /** When a server last answered a client that had connected anew, by {@link System#nanoTime}: its client had its session again. 0 if never. */
    public long lastSessionNanos() {
        return lastSessionNanos;
    }

    /** How many connections are open. */
    public synchronized int openConnections() {
        return links.size();
    }

    /** Ends everything. Throws if the proxy itself has failed meanwhile. */
    @Override
    public void close() {
        List<Rule> waiting;
        synchronized (this) {
            closed = true;
            unlisten();
            waiting = List.copyOf(rules);
        }
        cut();
        waiting.forEach(rule -> rule.done.cancel(false));
        synchronized (this) {
            halfOpen.forEach(ProxyLink::closeQuietly);
            if (!failures.isEmpty()) {
                throw new AssertionError("the proxy before port " + target + " failed", failures.get(0));
            }
        }
    }

    private synchronized CompletableFuture<Request> addRule(Rule rule) {
        if (!framed) {
            throw new IllegalStateException("this proxy does not read frames");
        }
        rules.add(rule);
        return rule.done;
    }

    /** Sets the mode for all links but one, which sees to itself. */
    private void change(Mode next, ProxyLink except) throws IOException {
        List<ProxyLink> open;
        synchronized (this) {
            mode = next;
            if (next == Mode.REFUSE) {
                unlisten();
            } else if (listener == null && !closed) {
                listen();
            }
            open = List.copyOf(links);
        }
        for (ProxyLink link : open) {
            if (link != except && (next == Mode.REFUSE || (next == Mode.PASS && link.hasLost()))) {
                link.reset();
            }
        }
    }

    private synchronized void listen() throws IOException {
        ServerSocket socket = bound();
        listener = socket;
        daemon("proxy-" + port, () -> accept(socket));
    }

    /** The port was ours before; a closing connection, or somebody's probe, may hold it for a moment. */
    private ServerSocket bound() throws IOException {
        for (int attempt = 1; ; attempt++) {
            ServerSocket socket = new ServerSocket();
            try {
                socket.setReuseAddress(true);
                socket.bind(Ports.address(port), BACKLOG);
                return socket;
            } catch (BindException taken) {
                socket.close();
                if (attempt == BIND_ATTEMPTS_MAX) {
                    throw taken;
                }
                LockSupport.parkNanos(BIND_PAUSE_NANOS);
            }
        }
    }

    private synchronized void unlisten() {
        if (listener != null) {
            ProxyLink.closeQuietly(listener);
            listener = null;
        }
    }

    private void accept(ServerSocket socket) {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                ProxyLink link = new ProxyLink(this, connections.incrementAndGet(), client);
                if (register(link)) {
                    daemon("proxy-" + port + "-connect", () -> link.open(target));
                } else {
                    link.reset();
                }
            } catch (IOException closedOrReset) {
                if (!socket.isClosed()) {
                    failed(closedOrReset);
                }
            }
        }
    }

    private synchronized boolean register(ProxyLink link) {
        if (closed || mode == Mode.REFUSE) {
            return false;
        }
        return links.add(link);
    }

    static void daemon(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    boolean isFramed() {
        return framed;
    }

    long delayNanos() {
        return delayNanos;
    }

    Rule takeRule(Request request) {
        List<Rule> waiting;
        synchronized (this) {
            rules.removeIf(rule -> rule.done.isDone());
            waiting = List.copyOf(rules);
        }
        for (Rule rule : waiting) {
            if (rule.wanted.test(request) && remove(rule)) {
                return rule;
            }
        }
        return null;
    }

    /** A rule that did not strike after all waits for the next request. */
    synchronized void giveBack(Rule rule) {
        if (!closed) {
            rules.add(rule);
        }
    }

    private synchronized boolean remove(Rule rule) {
        return rules.remove(rule);
    }

    /** A rule has struck on this link: no new connection gets round the mode that follows. */
    void struck(Rule rule, ProxyLink link) throws IOException {
        change(rule.afterwards, link);
    }

    /** Reads the first answer of a connection: length, version, time-out, session id, password. */
    void sessionGiven(byte[] frame) {
        ByteBuffer answer = ByteBuffer.wrap(frame);
        lastSessionNanos = System.nanoTime();
        if (answer.remaining() >= SESSION_ANSWER_LEAST) {
            long sessionId = answer.getLong(12);
            byte[] password = new byte[Math.min(answer.getInt(20), answer.remaining() - SESSION_ANSWER_LEAST)];
            answer.position(SESSION_ANSWER_LEAST).get(password);
            passwords.put(sessionId, password);
        }
    }

    synchronized void record(Traffic.Frame frame) {
        if (recording && recorded.size() < RECORDED_MAX) {
            recorded.add(frame);
        }
    }

    /** A request waits before a connection to the server that has lost its client. */
    synchronized void hold(Runnable send, Closeable connection) {
        held.add(send);
        halfOpen.add(connection);
    }

    synchronized void ended(ProxyLink link) {
        links.remove(link);
    }

    synchronized void failed(Throwable failure) {
        if (!closed) {
            failures.add(failure);
        }
    }
}
