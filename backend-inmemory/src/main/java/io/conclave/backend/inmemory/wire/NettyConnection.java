package io.conclave.backend.inmemory.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.timeout.IdleStateEvent;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection on a Netty channel. Messages that are sent wait in one queue, so that their order is that of the calls, also between the channel's own thread and others; they are written while the channel takes them. What waits is
 * bounded.
 */
final class NettyConnection extends ByteToMessageDecoder implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(NettyConnection.class);
    /** More than all answers that can be outstanding, and the events of a busy second. */
    static final int WAITING_MAX = 8_192;

    private static final int CLOSE_SECONDS = 1;

    private final ConnectionHandler handler;
    private final int readBytesMax;
    private final int writeBytesMax;
    private final Queue<Message> outgoing = new ConcurrentLinkedQueue<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean flushing = new AtomicBoolean();
    private volatile @Nullable Channel channel;
    private volatile @Nullable String closing;
    private int readBytesNow = Wire.HELLO_BYTES_MAX;
    private boolean told;

    NettyConnection(ConnectionHandler handler, int readBytesMax, int writeBytesMax) {
        this.handler = handler;
        this.readBytesMax = readBytesMax;
        this.writeBytesMax = writeBytesMax;
    }

    @Override
    public void accepted() {
        readBytesNow = readBytesMax;
    }

    @Override
    public String peer() {
        Channel open = channel;
        return open == null ? "nobody" : String.valueOf(open.remoteAddress());
    }

    // ---- sending

    @Override
    public void send(Message message) {
        if (closing != null) {
            return;
        }
        outgoing.add(message);
        if (waiting.incrementAndGet() > WAITING_MAX) {
            close(WAITING_MAX + " messages waited for the other side to read");
            return;
        }
        Channel open = channel;
        if (open != null && flushing.compareAndSet(false, true)) {
            open.eventLoop().execute(() -> flush(open));
        }
    }

    private void flush(Channel open) {
        flushing.set(false);
        while (open.isWritable()) {
            Message message = outgoing.poll();
            if (message == null) {
                break;
            }
            waiting.decrementAndGet();
            WireWriter frame = Wire.frameOrShorter(message, writeBytesMax);
            if (frame == null) {
                LOG.warn("a {} to {} is larger than a frame may be", message.type(), peer());
                close("a " + message.type() + " was larger than a frame may be");
                break;
            }
            var unused = open.write(Unpooled.wrappedBuffer(frame.array(), 0, frame.size()), open.voidPromise());
        }
        open.flush();
    }

    @Override
    public void close(String why) {
        if (closing == null) {
            closing = why;
        }
        Channel open = channel;
        if (open != null) {
            open.eventLoop().execute(() -> {
                if (open.isActive()) {
                    flush(open);
                    var unusedWrite =
                            open.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
                    // a side that does not read would keep the last bytes from being written for ever
                    Runnable force = () -> {
                        var unusedClose = open.close();
                    };
                    var unused = open.eventLoop().schedule(force, CLOSE_SECONDS, TimeUnit.SECONDS);
                } else {
                    var unused = open.close();
                }
            });
        }
    }

    @Override
    public void reading(boolean wanted) {
        Channel open = channel;
        if (open != null) {
            open.config().setAutoRead(wanted);
        }
    }

    // ---- the channel's calls

    @Override
    public void channelActive(ChannelHandlerContext context) throws Exception {
        channel = context.channel();
        if (closing != null) {
            var unused = context.close();
        } else {
            handler.onOpen(this);
        }
        super.channelActive(context);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        while (in.readableBytes() >= Wire.LENGTH_BYTES && closing == null) {
            int length = in.getInt(in.readerIndex());
            if (length < 1 || length > readBytesNow) {
                throw new MalformedException("a frame of " + length + " bytes; 1 to " + readBytesNow + " are allowed");
            }
            if (in.readableBytes() < Wire.LENGTH_BYTES + length) {
                return;
            }
            byte[] frame = new byte[length];
            in.skipBytes(Wire.LENGTH_BYTES).readBytes(frame);
            handler.onMessage(Wire.decode(frame));
        }
        if (closing != null) {
            in.skipBytes(in.readableBytes());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        if (context.channel().isWritable()) {
            flush(context.channel());
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws Exception {
        if (event instanceof IdleStateEvent) {
            abort(context, "nothing was heard for too long");
        } else {
            super.userEventTriggered(context, event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Throwable root = cause.getCause() instanceof MalformedException ? cause.getCause() : cause;
        if (!(root instanceof MalformedException) && !(root instanceof java.io.IOException)) {
            LOG.warn("the connection with {} failed", peer(), root);
        }
        abort(context, String.valueOf(root.getMessage()));
    }

    private void abort(ChannelHandlerContext context, String why) {
        if (closing == null) {
            closing = why;
        }
        var unused = context.close();
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) {
        if (channel != null) {
            over("the other side has closed the connection");
        }
    }

    /** It was never made, or is over. On the channel's thread. */
    void over(String why) {
        if (!told) {
            told = true;
            String known = closing;
            closing = known == null ? why : known;
            outgoing.clear();
            handler.onClosed(known == null ? why : known);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        super.channelInactive(context);
        over("the other side has closed the connection");
    }
}
