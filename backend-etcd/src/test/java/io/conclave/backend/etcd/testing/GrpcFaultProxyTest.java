package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnResponse;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each fault does what it says, with one server behind the proxy and etcd's own stubs before it. */
class GrpcFaultProxyTest {
    /** A call that is not answered is given up after this. */
    private static final int GIVE_UP_MILLIS = 150;

    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static EtcdServers servers;

    private final GrpcFaultProxy proxy = GrpcFaultProxy.before(servers.clientPort(0));
    private ManagedChannel channel;
    private String key;

    @BeforeAll
    static void startServer() {
        servers = EtcdServers.one();
    }

    @AfterAll
    static void stopServer() {
        if (servers != null) {
            servers.close();
        }
    }

    @BeforeEach
    void connect() {
        channel = NettyChannelBuilder.forAddress(Ports.address(proxy.port()))
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
        key = "key-" + proxy.port();
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        proxy.close();
    }

    private KVGrpc.KVBlockingStub kv() {
        return KVGrpc.newBlockingStub(channel).withDeadlineAfter(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    private KVGrpc.KVBlockingStub impatient() {
        return KVGrpc.newBlockingStub(channel).withDeadlineAfter(GIVE_UP_MILLIS, TimeUnit.MILLISECONDS);
    }

    private Replies<TxnResponse> send(String value) {
        Replies<TxnResponse> replies = new Replies<>();
        KVGrpc.newStub(channel).txn(Requests.commit(key, value), replies);
        return replies;
    }

    /** What the server has, asked without the proxy. */
    private String stored() {
        RangeResponse found = KVGrpc.newBlockingStub(servers.admin(0).channel()).range(Requests.get(key));
        return found.getCount() == 0 ? "nothing" : found.getKvs(0).getValue().toStringUtf8();
    }

    private static Status.Code code(Runnable call) {
        try {
            call.run();
            return Status.Code.OK;
        } catch (StatusRuntimeException failure) {
            return failure.getStatus().getCode();
        }
    }

    private Replies<WatchResponse> watch() throws InterruptedException {
        Replies<WatchResponse> replies = new Replies<>();
        startWatch(replies);
        assertThat(replies.next().getCreated()).isTrue();
        return replies;
    }

    private void startWatch(Replies<WatchResponse> replies) {
        WatchGrpc.newStub(channel).watch(replies).onNext(Requests.watch(key));
    }

    private static void await(CompletableFuture<Void> done) throws Exception {
        done.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Test
    void callsPassAsTheyAre() throws Exception {
        kv().txn(Requests.commit(key, "1"));
        assertThat(stored()).isEqualTo("1");
        String large = "x".repeat(1_000_000);
        kv().put(Requests.put(key, large));
        assertThat(kv().range(Requests.get(key)).getKvs(0).getValue().size()).isEqualTo(1_000_000);
        assertThat(code(() -> kv().put(Requests.put("", "no key")))).isEqualTo(Status.Code.INVALID_ARGUMENT);
        kv().txn(Requests.withdraw(key));
        assertThat(stored()).isEqualTo("nothing");
    }

    @Test
    void whatPassesIsCounted() throws Exception {
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        proxy.traffic().onRequest((method, message) -> seen.add(method));
        Replies<WatchResponse> watch = watch();
        kv().txn(Requests.commit(key, "1"));
        kv().txn(Requests.withdraw(key));
        kv().txn(Requests.read(key));
        kv().range(Requests.get(key));
        watch.next();
        watch.next();
        Traffic traffic = proxy.traffic();
        assertThat(traffic.commits()).isEqualTo(2);
        assertThat(traffic.requests(Traffic.TXN)).isEqualTo(3);
        assertThat(traffic.requests(Traffic.RANGE)).isEqualTo(1);
        assertThat(traffic.requests(Traffic.WATCH)).isEqualTo(1);
        assertThat(traffic.requests()).isEqualTo(5);
        assertThat(traffic.calls()).isEqualTo(5);
        assertThat(traffic.watchEvents()).isEqualTo(2);
        assertThat(traffic.watchMessages()).isEqualTo(3);
        assertThat(seen).containsExactly(Traffic.WATCH, Traffic.TXN, Traffic.TXN, Traffic.TXN, Traffic.RANGE);
    }

    @Test
    void renewalsPassOnOneStream() throws Exception {
        long lease = LeaseGrpc.newBlockingStub(channel)
                .leaseGrant(Requests.lease(60))
                .getID();
        Replies<LeaseKeepAliveResponse> replies = new Replies<>();
        StreamObserver<LeaseKeepAliveRequest> stream =
                LeaseGrpc.newStub(channel).leaseKeepAlive(replies);
        for (int i = 0; i < 3; i++) {
            stream.onNext(LeaseKeepAliveRequest.newBuilder().setID(lease).build());
            assertThat(replies.next().getTTL()).isEqualTo(60);
        }
        assertThat(proxy.traffic().requests(Traffic.KEEP_ALIVE)).isEqualTo(3);
        stream.onCompleted();
        assertThat(replies.endCode()).isEqualTo(Status.Code.OK);
    }

    @Test
    void manyEventsPassInOrder() throws Exception {
        Replies<WatchResponse> watch = watch();
        int events = 500;
        for (int i = 0; i < events; i++) {
            KVGrpc.newFutureStub(channel).put(Requests.put(key, String.valueOf(i)));
        }
        long last = 0;
        for (int seen = 0; seen < events; ) {
            WatchResponse response = watch.next();
            seen += response.getEventsCount();
            assertThat(response.getEvents(0).getKv().getModRevision()).isGreaterThan(last);
            last = response.getEvents(response.getEventsCount() - 1).getKv().getModRevision();
        }
        assertThat(proxy.traffic().watchEvents()).isEqualTo(events);
    }

    @Test
    void cutOffNothingPassesAndNothingIsTold() throws Exception {
        Replies<WatchResponse> watch = watch();
        proxy.cut();
        Replies<TxnResponse> sent = send("1");
        KVGrpc.newBlockingStub(servers.admin(0).channel()).put(Requests.put(key, "other"));
        assertThat(code(() -> impatient().range(Requests.get(key)))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(watch.isSilent()).isTrue();
        assertThat(sent.isSilent()).isTrue();
        assertThat(stored()).isEqualTo("other");
        proxy.heal();
        assertThat(watch.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(sent.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(kv().range(Requests.get(key)).getCount()).isEqualTo(1);
        assertThat(stored()).isEqualTo("other");
    }

    @Test
    void cutOffANewConnectionWaits() throws Exception {
        proxy.cut();
        assertThat(code(() -> impatient().range(Requests.get(key)))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        Replies<TxnResponse> sent = send("1");
        assertThat(proxy.connections()).isZero();
        proxy.heal();
        assertThat(sent.endCode()).isEqualTo(Status.Code.OK);
        assertThat(stored()).isEqualTo("1");
    }

    @Test
    void droppedConnectionsEndTheirCalls() throws Exception {
        Replies<WatchResponse> watch = watch();
        assertThat(proxy.connections()).isEqualTo(1);
        proxy.dropConnections();
        assertThat(proxy.connections()).isZero();
        assertThat(watch.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        Await.until("the server's stream has ended too", LIMIT, () -> proxy.openWatches() == 0);
        kv().withWaitForReady().range(Requests.get(key));
    }

    @Test
    void refusedConnectionsFailAtOnce() throws Exception {
        Replies<WatchResponse> watch = watch();
        proxy.refuse();
        assertThat(watch.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(code(() -> kv().range(Requests.get(key)))).isEqualTo(Status.Code.UNAVAILABLE);
        proxy.accept();
        channel.resetConnectBackoff();
        kv().withWaitForReady().range(Requests.get(key));
    }

    @Test
    void aServerThatIsDownIsNotReached() throws Exception {
        Replies<WatchResponse> watch = watch();
        servers.kill(0);
        assertThat(watch.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(code(() -> kv().range(Requests.get(key)))).isEqualTo(Status.Code.UNAVAILABLE);
        servers.start(0);
        servers.awaitServing();
        channel.resetConnectBackoff();
        kv().withWaitForReady().range(Requests.get(key));
    }

    @Test
    void aLostReplyIsThatOfAJudgedCommit() throws Exception {
        kv().range(Requests.get(key));
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REPLY);
        kv().txn(Requests.read(key));
        Replies<TxnResponse> sent = send("1");
        await(lost);
        assertThat(stored()).isEqualTo("1");
        assertThat(sent.isSilent()).isTrue();
        kv().txn(Requests.commit(key, "2"));
        assertThat(stored()).isEqualTo("2");
        assertThat(sent.isSilent()).isTrue();
    }

    @Test
    void aFaultMayBeMeantForOneKey() throws Exception {
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REQUEST_AND_RESET, key::equals);
        kv().txn(Requests.commit("another", "1"));
        assertThat(lost).isNotDone();
        assertThat(code(() -> kv().txn(Requests.commit(key, "1")))).isEqualTo(Status.Code.UNAVAILABLE);
        await(lost);
    }

    @Test
    void aConnectionThatEndsBeforeItIsReadyKeepsNothingOpen() throws Exception {
        try (Socket early = new Socket()) {
            early.connect(Ports.address(proxy.port()));
            Await.until("it is accepted", LIMIT, () -> proxy.connections() == 1);
        }
        Await.until("it has ended", LIMIT, () -> proxy.connections() == 0);
        proxy.refuse();
    }

    @Test
    void aLostReplyMayEndTheCall() throws Exception {
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REPLY_AND_RESET);
        Replies<TxnResponse> sent = send("1");
        await(lost);
        assertThat(sent.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(stored()).isEqualTo("1");
    }

    @Test
    void aReplyIsLostEvenIfTheClientGivesUpFirst() throws Exception {
        kv().range(Requests.get(key));
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REPLY);
        servers.freeze(0);
        try {
            assertThat(code(() -> impatient().txn(Requests.commit(key, "1")))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        } finally {
            servers.resume(0);
        }
        await(lost);
        assertThat(stored()).isEqualTo("1");
    }

    @Test
    void aLostRequestIsNeverApplied() throws Exception {
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REQUEST);
        Replies<TxnResponse> sent = send("1");
        await(lost);
        kv().range(Requests.get(key));
        assertThat(sent.isSilent()).isTrue();
        assertThat(stored()).isEqualTo("nothing");
        CompletableFuture<Void> again = proxy.atNextCommit(Fault.LOSE_REQUEST_AND_RESET);
        assertThat(code(() -> kv().txn(Requests.commit(key, "1")))).isEqualTo(Status.Code.UNAVAILABLE);
        await(again);
        assertThat(stored()).isEqualTo("nothing");
    }

    @Test
    void aHeldCommitIsOvertakenAndAppliedAfterAll() throws Exception {
        CompletableFuture<Void> held = proxy.atNextCommit(Fault.HOLD);
        Replies<TxnResponse> first = send("first");
        await(held);
        kv().txn(Requests.commit(key, "second"));
        assertThat(first.isSilent()).isTrue();
        assertThat(stored()).isEqualTo("second");
        assertThat(proxy.release()).isTrue();
        assertThat(first.endCode()).isEqualTo(Status.Code.OK);
        assertThat(stored()).isEqualTo("first");
        assertThat(proxy.release()).isFalse();
    }

    @Test
    void aHeldCommitIsAppliedThoughItsClientGaveUp() throws Exception {
        kv().range(Requests.get(key));
        CompletableFuture<Void> held = proxy.atNextCommit(Fault.HOLD);
        assertThat(code(() -> impatient().txn(Requests.commit(key, "late")))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        await(held);
        proxy.dropConnections();
        assertThat(stored()).isEqualTo("nothing");
        proxy.release();
        Await.until("it is applied", LIMIT, () -> stored().equals("late"));
    }

    @Test
    void aFaultForSeveralProxiesStrikesOnce() throws Exception {
        try (GrpcFaultProxy other = GrpcFaultProxy.before(servers.clientPort(0))) {
            CompletableFuture<Void> lost =
                    GrpcFaultProxy.atNextCommit(List.of(other, proxy), Fault.LOSE_REQUEST_AND_RESET);
            assertThat(code(() -> kv().txn(Requests.commit(key, "1")))).isEqualTo(Status.Code.UNAVAILABLE);
            await(lost);
            assertThat(other.takeStrike(Traffic.TXN, Requests.commit(key, "2").toByteArray()))
                    .isNull();
        }
        proxy.atNextCommit(Fault.LOSE_REQUEST).cancel(false);
        kv().txn(Requests.commit(key, "2"));
        assertThat(stored()).isEqualTo("2");
    }

    @Test
    void delayedAnswersComeLateAndInOrder() throws Exception {
        Replies<WatchResponse> watch = watch();
        Duration delay = Duration.ofMillis(100);
        proxy.delayAnswers(delay);
        long start = System.nanoTime();
        kv().put(Requests.put(key, "1"));
        kv().put(Requests.put(key, "2"));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(2 * delay.toNanos());
        proxy.delayAnswers(Duration.ZERO);
        kv().put(Requests.put(key, "3"));
        for (int i = 1; i <= 3; i++) {
            assertThat(watch.next().getEvents(0).getKv().getValue().toStringUtf8())
                    .isEqualTo(String.valueOf(i));
        }
    }

    @Test
    void aWatchEndsRightAfterItsCreation() throws Exception {
        proxy.breakWatchAfterCreated();
        Replies<WatchResponse> broken = watch();
        assertThat(broken.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        Replies<WatchResponse> whole = watch();
        kv().put(Requests.put(key, "1"));
        assertThat(whole.next().getEventsCount()).isEqualTo(1);
        proxy.breakWatchAfterCreated(Status.OK);
        assertThat(watch().endCode()).isEqualTo(Status.Code.OK);
        assertThat(proxy.traffic().watchEvents()).isEqualTo(1);
    }

    @Test
    void watchesEndSoManyTimes() throws Exception {
        Replies<WatchResponse> open = watch();
        proxy.breakWatches(3);
        assertThat(open.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        for (int i = 0; i < 2; i++) {
            Replies<WatchResponse> again = new Replies<>();
            startWatch(again);
            assertThat(again.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(proxy.openWatches()).isZero();
        }
        Replies<WatchResponse> whole = watch();
        kv().put(Requests.put(key, "1"));
        assertThat(whole.next().getEventsCount()).isEqualTo(1);
    }

    @Test
    void aCancelledCallEndsAtTheServerToo() throws Exception {
        Replies<WatchResponse> replies = new Replies<>();
        StreamObserver<WatchRequest> stream = WatchGrpc.newStub(channel).watch(replies);
        stream.onNext(Requests.watch(key));
        replies.next();
        stream.onError(Status.CANCELLED.asException());
        Await.until("the stream has ended", LIMIT, () -> proxy.openWatches() == 0);
        kv().put(Requests.put(key, "1"));
        assertThat(proxy.traffic().watchEvents()).isZero();
    }
}
