package io.conclave.backend.inmemory.testing;

import io.conclave.backend.inmemory.wire.MessageType;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection through a {@link MemberProxy}. */
final class ProxiedConnection {
    private static final Map<Integer, MessageType> TYPES = new ConcurrentHashMap<>();

    static {
        for (MessageType type : MessageType.values()) {
            TYPES.put(type.code(), type);
        }
    }

    private final MemberProxy proxy;
    private final Socket client;
    private final List<byte[]> held = new CopyOnWriteArrayList<>();
    /** Requests whose answers are to be lost, by session and number. */
    private final Map<ByteBuffer, MemberProxy.Strike> losing = new ConcurrentHashMap<>();

    private final DelayQueue<Late> late = new DelayQueue<>();
    private volatile @Nullable Socket member;
    private volatile boolean over;
    private boolean answered;

    /** An answer that waits. */
    private record Late(ByteBuffer frame, long dueNanos, long number) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            Late that = (Late) other;
            int byTime = Long.compare(dueNanos - that.dueNanos, 0);
            return byTime != 0 ? byTime : Long.compare(number, that.number);
        }
    }

    ProxiedConnection(MemberProxy proxy, Socket client) {
        this.proxy = proxy;
        this.client = client;
    }

    boolean isOver() {
        return over;
    }

    void open() {
        try {
            client.setTcpNoDelay(true);
            Socket to = proxy.connect();
            to.setTcpNoDelay(true);
            member = to;
            if (over) {
                close();
                return;
            }
            MemberProxy.daemon(this::answers, "proxy-answers");
            MemberProxy.daemon(this::deliver, "proxy-deliver");
            requests(to);
        } catch (IOException ended) {
            close();
        }
    }

    private void requests(Socket to) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        while (!over) {
            byte[] frame = MemberProxy.readFrame(in);
            proxy.awaitFlow();
            if (proxy.swallows(false)) {
                continue;
            }
            MessageType type = TYPES.get(frame[0] & 0xff);
            MemberProxy.Strike strike = type == null ? null : proxy.strikeAt(type, frame);
            if (strike == null) {
                write(to, frame);
            } else if (strike.fault() == MemberFault.HOLD) {
                held.add(frame);
                strike.done().complete(null);
            } else if (strike.fault() == MemberFault.LOSE_REQUEST) {
                close();
                strike.done().complete(null);
            } else {
                losing.put(numberOf(frame), strike);
                write(to, frame);
            }
        }
    }

    /** The number of the request and that of the session: what comes after the type, in requests and in their answers. */
    private static ByteBuffer numberOf(byte[] frame) {
        return ByteBuffer.wrap(frame, 1, Long.BYTES + Integer.BYTES).slice();
    }

    private static void write(Socket to, byte[] frame) throws IOException {
        byte[] whole = ByteBuffer.allocate(Integer.BYTES + frame.length)
                .putInt(frame.length)
                .put(frame)
                .array();
        synchronized (to) {
            new DataOutputStream(to.getOutputStream()).write(whole);
        }
    }

    boolean release() {
        Socket to = member;
        boolean any = !held.isEmpty() && !over && to != null;
        if (any) {
            try {
                for (byte[] frame : held) {
                    write(to, frame);
                }
            } catch (IOException ended) {
                close();
            }
        }
        held.clear();
        return any;
    }

    private void answers() {
        Socket from = member;
        try {
            DataInputStream in = new DataInputStream(from.getInputStream());
            long number = 0;
            while (!over) {
                byte[] frame = MemberProxy.readFrame(in);
                proxy.awaitFlow();
                if (proxy.swallows(true)) {
                    continue;
                }
                MemberProxy.Strike strike =
                        frame.length > Long.BYTES + Integer.BYTES ? losing.remove(numberOf(frame)) : null;
                if (strike != null) {
                    if (strike.fault() == MemberFault.LOSE_REPLY_AND_CUT) {
                        proxy.cut();
                    } else {
                        close();
                    }
                    strike.done().complete(null);
                    continue;
                }
                MessageType type = TYPES.get(frame[0] & 0xff);
                byte[] forward = type == null ? frame : proxy.translated(type, frame);
                late.add(new Late(
                        ByteBuffer.wrap(forward),
                        System.nanoTime() + proxy.delay().toNanos(),
                        number++));
            }
        } catch (IOException ended) {
            close();
        }
    }

    private void deliver() {
        try {
            while (!over) {
                Late next = late.poll(1, TimeUnit.SECONDS);
                if (next != null && !proxy.swallows(true)) { // the cut may have come while it waited
                    write(client, next.frame().array());
                    if (!answered) {
                        answered = true;
                        proxy.answeredAnew();
                    }
                }
            }
        } catch (IOException | InterruptedException ended) {
            close();
        }
    }

    void close() {
        over = true;
        closeQuietly(client);
        Socket to = member;
        if (to != null) {
            closeQuietly(to);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException ignored) {
            // it is closed all the same
        }
    }
}
