package io.conclave.backend.inmemory.wire;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The event threads: daemons. Those of clients are shared by all of the process and end with the last one who uses them. */
final class Loops {
    private static final int CLIENT_THREADS = 2;
    private static final Object LOCK = new Object();
    private static @Nullable EventLoopGroup shared;
    private static int users;

    private Loops() {}

    static EventLoopGroup of(String name, int threads) {
        return new MultiThreadIoEventLoopGroup(
                threads, new DefaultThreadFactory(name, true), NioIoHandler.newFactory());
    }

    static EventLoopGroup acquireForClient() {
        synchronized (LOCK) {
            if (shared == null) {
                shared = of("conclave-client", CLIENT_THREADS);
            }
            users++;
            return shared;
        }
    }

    static void releaseForClient() {
        synchronized (LOCK) {
            users--;
            if (users == 0 && shared != null) {
                end(shared);
                shared = null;
            }
        }
    }

    static void end(EventLoopGroup group) {
        var unused = group.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }
}
