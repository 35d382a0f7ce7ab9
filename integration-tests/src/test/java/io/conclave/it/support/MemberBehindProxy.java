package io.conclave.it.support;

import io.conclave.backend.inmemory.InMemoryBackendProvider;
import io.conclave.backend.inmemory.testing.MemberFault;
import io.conclave.backend.inmemory.testing.MemberProxy;
import io.conclave.backend.inmemory.testing.RawClient;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;

/** The only member of a store behind a proxy; others are a client of their own, with a session for each thing they do. */
final class MemberBehindProxy implements ServerBehindProxy {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration OTHERS_SESSION = Duration.ofMinutes(5);

    private final int port;
    private final MemberProxy proxy;
    private final Backend others;
    /** Of the client: its requests name no namespace. */
    private volatile String space = "";

    MemberBehindProxy(MemberProcesses members) {
        this.port = members.ports().get(0);
        this.proxy = MemberProxy.before(port);
        this.others = await(new InMemoryBackendProvider()
                .connect(new BackendConfig(
                        BackendUrl.parse("inmemory://127.0.0.1:" + port),
                        Timekeeper.system(),
                        deadline(),
                        true,
                        Optional.empty(),
                        Optional.empty())));
    }

    private static long deadline() {
        return Timekeeper.system().deadlineAfter(LIMIT);
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        space = namespace;
        return MemberProcesses.url(proxy.address(), namespace, sessionTimeout);
    }

    @Override
    public void cutConnections() {
        proxy.reset();
    }

    @Override
    public void fall(Hole hole) {
        switch (hole) {
            case STALL -> proxy.stall();
            case SWALLOW -> proxy.cut();
            case SWALLOW_ANSWERS -> proxy.swallowAnswers();
        }
    }

    @Override
    public void climbOut(Hole hole) {
        proxy.heal();
    }

    /** Refuses by silence, and resets the connections in the end. */
    @Override
    public CompletableFuture<?> loseNextReply(Predicate<String> node, boolean thenRefuse) {
        return proxy.atNextCommit(
                thenRefuse ? MemberFault.LOSE_REPLY_AND_CUT : MemberFault.LOSE_REPLY,
                frame -> touches(frame, node, space));
    }

    private static boolean touches(byte[] frame, Predicate<String> node, String namespace) {
        Commit commit = ((Message.DoCommit) Wire.decode(frame)).commit();
        return commit.writes().stream()
                .map(write -> namespace + write.place() + (write instanceof Write.CreateSequential ? "/_c_" : ""))
                .anyMatch(node);
    }

    @Override
    public void accept() {
        proxy.heal();
    }

    @Override
    public void endSession(String sessionId) throws IOException {
        if (!RawClient.end(port, sessionId)) {
            throw new IOException("session " + sessionId + " was not ended");
        }
    }

    @Override
    public long lastAnsweredAnewNanos() {
        return proxy.lastAnsweredAnewNanos();
    }

    // ---- others

    private <T> T withSession(Function<Session, CompletionStage<T>> what) {
        Session session =
                await(others.openSession(new SessionSpec(OTHERS_SESSION, 1), (changed, state) -> {}, deadline()));
        try {
            return await(what.apply(session));
        } finally {
            await(session.closeAsync());
        }
    }

    private View read(Query query) {
        return withSession(session -> session.read(List.of(query), ReadLevel.LINEARIZABLE, deadline()))
                .get(0);
    }

    private void write(Write write) {
        withSession(session -> session.commit(
                Commit.builder(session.newOpId(), deadline()).write(write).build()));
    }

    @Override
    public List<String> children(String path) {
        View.OfNodes found = (View.OfNodes) read(Query.children(NodePath.of(path)));
        return found.nodes().stream().map(Node::name).toList();
    }

    @Override
    public List<String> contenders(String lock) {
        return children(lock).stream().filter(name -> name.startsWith("_c_")).toList();
    }

    @Override
    public Optional<Stored> stored(String path) {
        return ((View.OfNode) read(Query.get(NodePath.of(path))))
                .node()
                .map(node -> new Stored(node.data().asUtf8(), node.version()));
    }

    @Override
    public void create(String path, String data) {
        write(Write.create(NodePath.of(path), Payload.utf8(data), CreateMode.PERSISTENT));
    }

    @Override
    public void put(String path, String data) {
        write(Write.put(NodePath.of(path), Payload.utf8(data)));
    }

    @Override
    public void delete(String path) {
        write(Write.delete(NodePath.of(path)));
    }

    /** With a node that stays, as that of a session which lives on. */
    @Override
    public void contend(String lock) {
        write(Write.createSequential(
                NodePath.of(lock), "lock-", Payload.utf8("other"), CreateMode.PERSISTENT_SEQUENTIAL));
    }

    @Override
    public void close() {
        proxy.close();
        others.closeAsync();
    }
}
