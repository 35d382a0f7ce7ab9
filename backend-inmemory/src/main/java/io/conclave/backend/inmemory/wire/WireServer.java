package io.conclave.backend.inmemory.wire;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Listens for clients. */
public final class WireServer implements AutoCloseable {
    /** A client that is not heard for so long is gone. */
    public static final Duration SILENCE_MAX = Duration.ofSeconds(15);

    private static final int THREADS = 2;

    private final EventLoopGroup loops;
    private final Channel listener;

    private WireServer(EventLoopGroup loops, Channel listener) {
        this.loops = loops;
        this.listener = listener;
    }

    /**
     * Starts listening.
     *
     * @param address of the loopback interface
     * @param handlers makes one for each connection
     * @throws IllegalArgumentException if the address is not one of the loopback interface
     * @throws UncheckedIOException if it is not free
     */
    public static WireServer listen(InetSocketAddress address, Supplier<ConnectionHandler> handlers) {
        requireLoopback(address);
        EventLoopGroup loops = Loops.of("conclave-member", THREADS);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new IdleStateHandler(SILENCE_MAX.toMillis(), 0, 0, TimeUnit.MILLISECONDS))
                                .addLast(new NettyConnection(
                                        handlers.get(), Wire.REQUEST_BYTES_MAX, Wire.ANSWER_BYTES_MAX));
                    }
                });
        var bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            Loops.end(loops);
            throw new UncheckedIOException(new IOException(
                    "cannot listen on " + address + ": " + bound.cause().getMessage(), bound.cause()));
        }
        return new WireServer(loops, bound.channel());
    }

    /**
     * Refuses addresses that others could reach.
     *
     * @throws IllegalArgumentException naming the address
     */
    public static void requireLoopback(InetSocketAddress address) {
        if (address.isUnresolved() || !address.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException("address " + address.getHostString() + ":" + address.getPort()
                    + " is not one of the loopback interface: this version has no authentication and no encryption, and"
                    + " listens on 127.0.0.1 or ::1 only");
        }
    }

    /** Where it listens; with the port that was found if none was asked for. */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /** Stops listening and ends all connections. */
    @Override
    public void close() {
        var unused = listener.close().awaitUninterruptibly(1_000);
        Loops.end(loops);
    }
}
