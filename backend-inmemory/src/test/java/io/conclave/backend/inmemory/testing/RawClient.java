package io.conclave.backend.inmemory.testing;

import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Wire;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Map;
import java.util.Optional;

/** A connection to a member on which a test says what it likes. Blocks, with a limit. */
public final class RawClient implements AutoCloseable {
    private static final int LIMIT_MILLIS = 30_000;

    private final Socket socket;
    private final DataInputStream in;

    /** Connects and says nothing. */
    public RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        in = new DataInputStream(socket.getInputStream());
    }

    /** Connects and says hello. */
    public static RawClient greeted(int port) throws IOException {
        RawClient client = new RawClient(port);
        client.send(new Message.Hello(Wire.VERSION, ""));
        if (!(client.receive().orElseThrow() instanceof Message.Welcome)) {
            throw new IOException("no welcome at port " + port);
        }
        return client;
    }

    /** Ends a session, as an expiry does: false if this member does not lead. */
    public static boolean end(int port, String sessionId) throws IOException {
        try (RawClient client = greeted(port)) {
            return client.ask(new Message.End(1, 0, sessionId)) instanceof Message.Done;
        }
    }

    /** How a member is. */
    public static Map<String, String> status(int port) throws IOException {
        try (RawClient client = greeted(port)) {
            return ((Message.Status) client.ask(new Message.AskStatus(1))).facts();
        }
    }

    /** Sends one message. */
    public void send(Message message) throws IOException {
        send(Wire.encode(message));
    }

    /** Sends bytes. */
    public void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
    }

    /** The next message; empty if the member has closed the connection. */
    public Optional<Message> receive() throws IOException {
        try {
            byte[] frame = new byte[in.readInt()];
            in.readFully(frame);
            return Optional.of(Wire.decode(frame));
        } catch (EOFException | SocketException closed) {
            return Optional.empty();
        }
    }

    /** Sends a message and waits for the next. */
    public Message ask(Message message) throws IOException {
        send(message);
        Message answer;
        do {
            answer = receive().orElseThrow(() -> new IOException("the member has closed the connection"));
        } while (answer instanceof Message.Moved); // that somebody else leads now is no answer
        return answer;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
