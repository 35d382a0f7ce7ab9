package io.conclave.backend.etcd.testing;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelDuplexHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelPromise;
import io.grpc.netty.shaded.io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/** First in a connection's pipeline, next to the wire: shut, it keeps back what comes and what goes. */
final class Gate extends ChannelDuplexHandler {
    private final Channel channel;
    private final Queue<Object> incoming = new ArrayDeque<>();
    private final Queue<Outgoing> outgoing = new ArrayDeque<>();
    private volatile boolean shut;

    private record Outgoing(Object message, ChannelPromise written) {}

    Gate(Channel channel) {
        this.channel = channel;
    }

    boolean isShut() {
        return shut;
    }

    void shut() {
        shut = true;
        channel.config().setAutoRead(false);
    }

    /** Lets everything go on that was kept back. */
    void open() {
        channel.eventLoop().execute(() -> {
            shut = false;
            ChannelHandlerContext context = channel.pipeline().context(this);
            if (context == null) {
                return; // it has ended
            }
            while (!outgoing.isEmpty()) {
                Outgoing next = outgoing.remove();
                context.write(next.message, next.written);
            }
            context.flush();
            while (!incoming.isEmpty()) {
                context.fireChannelRead(incoming.remove());
            }
            context.fireChannelReadComplete();
            channel.config().setAutoRead(true);
        });
    }

    /** Ends the connection, from here outwards: HTTP/2 would first say goodbye. */
    ChannelFuture reset() {
        ChannelHandlerContext context = channel.pipeline().context(this);
        return context == null ? channel.closeFuture() : context.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (shut) {
            incoming.add(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise written) {
        if (shut) {
            outgoing.add(new Outgoing(message, written));
        } else {
            context.write(message, written);
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        incoming.forEach(ReferenceCountUtil::release);
        outgoing.forEach(held -> ReferenceCountUtil.release(held.message));
    }
}
