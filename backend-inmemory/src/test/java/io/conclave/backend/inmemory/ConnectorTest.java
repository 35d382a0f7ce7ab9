package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.inmemory.wire.Connection;
import io.conclave.backend.inmemory.wire.ConnectionHandler;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.backend.inmemory.wire.WireServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where a client goes while there is an election. Its clock stands still, so nothing that it would do after a pause is ever done. */
@Timeout(60)
final class ConnectorTest {
    private final Door follower = new Door();
    private final Door leader = new Door();
    private final CompletableFuture<Integer> connected = new CompletableFuture<>();
    private final Connector connector = new Connector(
            new Connector.Owner() {
                @Override
                public void connected(int epoch) {
                    connected.complete(epoch);
                }

                @Override
                public void disconnected(int epoch) {}

                @Override
                public void received(int epoch, Message message) {}
            },
            new VirtualClock(),
            List.of(follower.address()));

    /** A member that says what it is told to say. */
    private static final class Door implements AutoCloseable {
        final CompletableFuture<Connection> greeted = new CompletableFuture<>();
        volatile String leader = "";
        volatile boolean leads;

        final WireServer server = WireServer.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), () -> new ConnectionHandler() {
                    private volatile Connection connection;

                    @Override
                    public void onOpen(Connection made) {
                        connection = made;
                    }

                    @Override
                    public void onMessage(Message message) {
                        if (message instanceof Message.Hello) {
                            connection.accepted();
                            connection.send(new Message.Welcome(Wire.VERSION, "store", 1, leads, leader));
                            greeted.complete(connection);
                        }
                    }

                    @Override
                    public void onClosed(String why) {}
                });

        String address() {
            return "127.0.0.1:" + server.address().getPort();
        }

        @Override
        public void close() {
            server.close();
        }
    }

    @AfterEach
    void close() {
        connector.close();
        follower.close();
        leader.close();
    }

    @Test
    void itGoesAtOnceWhereItIsToldWhenNobodyLedAtFirst() throws Exception {
        leader.leads = true;
        connector.start();
        follower.greeted.get(20, TimeUnit.SECONDS).send(new Message.Moved(leader.address()));
        assertThat(connected.get(20, TimeUnit.SECONDS)).isPositive();
        assertThat(leader.greeted).isDone();
    }

    @Test
    void itComesBackToTheMemberThatLeadsNowItself() throws Exception {
        connector.start();
        Connection first = follower.greeted.get(20, TimeUnit.SECONDS);
        follower.leads = true;
        first.send(new Message.Moved(follower.address()));
        assertThat(connected.get(20, TimeUnit.SECONDS)).isPositive();
    }
}
