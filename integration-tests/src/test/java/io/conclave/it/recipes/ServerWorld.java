package io.conclave.it.recipes;

import io.conclave.Conclave;
import io.conclave.it.support.Await;
import io.conclave.it.support.ServerBehindProxy;
import io.conclave.it.support.ServerBehindProxy.Hole;
import io.conclave.it.support.Servers;
import io.conclave.spi.Node;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A namespace on a real server; each client comes through a proxy of its own. */
final class ServerWorld implements World {
    private final Servers servers;
    private final String namespace;
    private final Map<Conclave, ServerBehindProxy> clients = new LinkedHashMap<>();
    private final BackgroundCalls threads = new BackgroundCalls();
    private final Conclave onlooker;

    ServerWorld(Servers servers, String namespace) {
        this.servers = servers;
        this.namespace = namespace;
        this.onlooker = Conclave.connect(servers.url(namespace, SESSION));
    }

    /** The URL of the world with that session time-out, past all proxies: for other processes. */
    String url(Duration session) {
        return servers.url(namespace, session);
    }

    @Override
    public Conclave client() {
        try {
            ServerBehindProxy way = servers.behindProxy();
            Conclave client = Conclave.connect(way.url(namespace, SESSION));
            clients.put(client, way);
            return client;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private ServerBehindProxy way(Conclave client) {
        ServerBehindProxy way = clients.get(client);
        if (way == null) {
            throw new IllegalArgumentException("no client of this world");
        }
        return way;
    }

    @Override
    public void expire(Conclave client) throws Exception {
        long before = client.health().sessions();
        way(client).endSession(client.health().sessionId());
        await(
                "the client has its next session",
                () -> client.health().sessions() > before && client.health().isHealthy());
    }

    @Override
    public void cut(Conclave client) throws Exception {
        way(client).fall(Hole.SWALLOW);
        way(client).cutConnections();
    }

    @Override
    public void heal(Conclave client) throws Exception {
        way(client).climbOut(Hole.SWALLOW);
    }

    @Override
    public CompletableFuture<?> loseNextReply(Conclave client, Predicate<String> path, boolean thenCut) {
        return way(client)
                .loseNextReply(
                        whole -> whole.startsWith(namespace + "/") && path.test(whole.substring(namespace.length())),
                        thenCut);
    }

    @Override
    public void await(String what, Callable<Boolean> condition) throws InterruptedException {
        Await.until(condition, PATIENCE, what);
    }

    @Override
    public <T> T get(CompletionStage<T> stage) throws Exception {
        try {
            return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof Exception cause ? cause : failed;
        }
    }

    @Override
    public <T> CompletableFuture<T> background(Callable<T> call) {
        return threads.start(call);
    }

    @Override
    public void interrupt(CompletableFuture<?> call) {
        threads.interrupt(call);
    }

    @Override
    public void pass(Duration time) throws InterruptedException {
        Await.pause(time.toNanos());
    }

    @Override
    public List<Node> nodes() throws InterruptedException {
        return onlooker.nodes().subtree("/", 10_000);
    }

    @Override
    public void close() {
        clients.values().forEach(ServerWorld::letThrough);
        clients.keySet().forEach(Conclave::close);
        clients.values().forEach(ServerBehindProxy::close);
        onlooker.close();
        threads.end();
    }

    private static void letThrough(ServerBehindProxy way) {
        try {
            way.accept();
        } catch (Exception failure) {
            throw new AssertionError("the way to the server cannot be opened", failure);
        }
    }
}
