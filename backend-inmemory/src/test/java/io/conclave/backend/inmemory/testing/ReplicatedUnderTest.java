package io.conclave.backend.inmemory.testing;

import io.conclave.backend.inmemory.InMemoryBackendProvider;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.tck.BackendUnderTest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** The replicated store for the conformance kit. Each client reaches each member through a proxy of its own, which makes the faults. */
public final class ReplicatedUnderTest implements BackendUnderTest {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(15);

    private final StoreMembers members;
    private final Duration sessionTtl;
    private final Map<Backend, List<MemberProxy>> proxies = new ConcurrentHashMap<>();

    /** Takes over the members, and closes them. */
    public ReplicatedUnderTest(StoreMembers members, Duration sessionTtl) {
        this.members = members;
        this.sessionTtl = sessionTtl;
    }

    @Override
    public CompletionStage<Backend> connect(String namespace) {
        List<MemberProxy> own =
                members.ports().stream().map(MemberProxy::before).toList();
        for (MemberProxy proxy : own) {
            for (int i = 0; i < own.size(); i++) {
                proxy.translate(
                        "127.0.0.1:" + members.ports().get(i), own.get(i).address());
            }
        }
        String hosts = own.stream().map(MemberProxy::address).collect(Collectors.joining(","));
        BackendUrl url = BackendUrl.parse("inmemory://" + hosts + "/" + namespace);
        return new InMemoryBackendProvider()
                .connect(BackendConfig.of(url, timekeeper(), timekeeper().deadlineAfter(CONNECT_LIMIT)))
                .whenComplete((backend, failure) -> {
                    if (failure == null) {
                        proxies.put(backend, own);
                    } else {
                        own.forEach(MemberProxy::close);
                    }
                });
    }

    private List<MemberProxy> of(Backend client) {
        List<MemberProxy> own = proxies.get(client);
        if (own == null) {
            throw new IllegalArgumentException("this client was not connected here");
        }
        return own;
    }

    @Override
    public Timekeeper timekeeper() {
        return Timekeeper.system();
    }

    @Override
    public int parallelism() {
        return 8;
    }

    @Override
    public Duration sessionTtl() {
        return sessionTtl;
    }

    @Override
    public boolean expire(Session session) {
        for (int port : members.ports()) {
            try {
                if (RawClient.end(port, session.id())) {
                    return true;
                }
            } catch (IOException | RuntimeException unreachable) {
                assert port > 0; // another one may lead
            }
        }
        throw new IllegalStateException("no member leads");
    }

    @Override
    public boolean cut(Backend client) {
        of(client).forEach(MemberProxy::cut);
        return true;
    }

    @Override
    public boolean heal(Backend client) {
        of(client).forEach(MemberProxy::heal);
        return true;
    }

    @Override
    public boolean dropReplyOfNextCommit(Backend client) {
        of(client).forEach(proxy -> proxy.atNextCommit(MemberFault.LOSE_REPLY));
        return true;
    }

    @Override
    public boolean dropReplyOfNextSettling(Backend client) {
        of(client).forEach(proxy -> proxy.atNextSettling(MemberFault.LOSE_REPLY));
        return true;
    }

    @Override
    public boolean dropRequestOfNextCommit(Backend client) {
        of(client).forEach(proxy -> proxy.atNextCommit(MemberFault.LOSE_REQUEST));
        return true;
    }

    @Override
    public boolean holdNextCommit(Backend client) {
        of(client).forEach(proxy -> proxy.atNextCommit(MemberFault.HOLD));
        return true;
    }

    @Override
    public boolean releaseHeldCommit(Backend client) {
        return of(client).stream().filter(MemberProxy::release).count() > 0;
    }

    @Override
    public boolean slowDown(Backend client, Duration roundTrip) {
        of(client).forEach(proxy -> proxy.delayAnswers(roundTrip));
        return true;
    }

    @Override
    public boolean restart() {
        return members.restartAll();
    }

    @Override
    public boolean startFromNothing() {
        return members.startFromNothing();
    }

    @Override
    public void close() {
        proxies.values().forEach(own -> own.forEach(MemberProxy::close));
        members.close();
    }
}
