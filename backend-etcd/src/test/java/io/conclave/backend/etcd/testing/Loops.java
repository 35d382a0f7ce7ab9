package io.conclave.backend.etcd.testing;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;

/** The threads of all proxies. */
final class Loops {
    static final EventLoopGroup DOORS = new NioEventLoopGroup(1, new DefaultThreadFactory("proxy-doors", true));
    static final EventLoopGroup WORKERS = new NioEventLoopGroup(2, new DefaultThreadFactory("proxy-workers", true));

    private Loops() {}
}
