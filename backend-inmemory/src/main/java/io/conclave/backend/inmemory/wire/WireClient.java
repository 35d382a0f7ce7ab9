package io.conclave.backend.inmemory.wire;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** Makes connections to members. */
public final class WireClient implements AutoCloseable {
    /** The other side must be heard at least so often; {@link Message.Ping} sees to that. */
    public static final Duration SILENCE_MAX = Duration.ofMillis(2_500);

    private static final int CONNECT_MILLIS = 1_000;

    private final EventLoopGroup loops = Loops.acquireForClient();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Takes part in the event threads of all clients, until it is closed. */
    public WireClient() {}

    /** Begins to connect. What becomes of it is told to the handler. */
    public void connect(String host, int port, ConnectionHandler handler) {
        NettyConnection connection = new NettyConnection(handler, Wire.ANSWER_BYTES_MAX, Wire.REQUEST_BYTES_MAX);
        Bootstrap bootstrap = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new IdleStateHandler(SILENCE_MAX.toMillis(), 0, 0, TimeUnit.MILLISECONDS))
                                .addLast(connection);
                    }
                });
        bootstrap.connect(new InetSocketAddress(host, port)).addListener(made -> {
            if (!made.isSuccess()) {
                connection.over("no connection to " + host + ":" + port + ": "
                        + made.cause().getMessage());
            }
        });
    }

    /** Gives the event threads back. Connections are to be closed before. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            Loops.releaseForClient();
        }
    }
}
