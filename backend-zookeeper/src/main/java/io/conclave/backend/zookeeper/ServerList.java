package io.conclave.backend.zookeeper;

import java.net.InetSocketAddress;
import java.util.Collection;
import org.apache.zookeeper.client.ConnectStringParser;
import org.apache.zookeeper.client.HostProvider;
import org.apache.zookeeper.client.StaticHostProvider;

/** The client's own list of servers, with a shorter pause after all have been tried: a full second is a large part of short sessions. */
final class ServerList implements HostProvider {
    private static final long PAUSE_MILLIS_MOST = 100;

    private final HostProvider servers;

    ServerList(String servers) {
        this.servers = new StaticHostProvider(new ConnectStringParser(servers).getServerAddresses());
    }

    @Override
    public int size() {
        return servers.size();
    }

    @Override
    public InetSocketAddress next(long spinDelay) {
        return servers.next(Math.min(spinDelay, PAUSE_MILLIS_MOST));
    }

    @Override
    public void onConnected() {
        servers.onConnected();
    }

    @Override
    public boolean updateServerList(Collection<InetSocketAddress> newServers, InetSocketAddress current) {
        return servers.updateServerList(newServers, current);
    }
}
