package io.conclave.it.support;

import io.conclave.backend.etcd.testing.EtcdServers;
import java.time.Duration;

/** etcd servers for the scenarios. */
public final class EtcdProcesses implements Servers {
    private final EtcdServers servers;

    private EtcdProcesses(EtcdServers servers) {
        this.servers = servers;
    }

    /** One server, serving. */
    public static EtcdProcesses one() {
        return new EtcdProcesses(EtcdServers.one());
    }

    /** Three servers, serving. */
    public static EtcdProcesses three() {
        return new EtcdProcesses(EtcdServers.three());
    }

    /** The URL of a namespace on these hosts: some of the servers, or proxies before them. */
    public static String url(String hosts, String namespace, Duration sessionTimeout) {
        return "etcd://" + hosts + namespace + "?sessionTimeout=" + sessionTimeout.toMillis() + "ms";
    }

    /** The servers themselves, for what only etcd has. */
    public EtcdServers etcd() {
        return servers;
    }

    @Override
    public int count() {
        return servers.count();
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        return url(servers.endpoints(), namespace, sessionTimeout);
    }

    @Override
    public int leader() {
        return servers.leader();
    }

    @Override
    public void kill(int index) {
        servers.kill(index);
    }

    @Override
    public void restart(int index) {
        servers.start(index);
    }

    @Override
    public void pause(int index) {
        servers.freeze(index);
    }

    @Override
    public void resume(int index) {
        servers.resume(index);
    }

    @Override
    public void awaitServing(int index) {
        servers.awaitServing(index);
    }

    @Override
    public ServerBehindProxy behindProxy() {
        return new EtcdBehindProxy(servers);
    }

    @Override
    public void close() {
        servers.close();
    }
}
