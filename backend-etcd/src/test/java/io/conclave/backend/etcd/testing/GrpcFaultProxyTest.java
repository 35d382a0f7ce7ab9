package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.TxnResponse;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The proxy passes everything on as it is, and each fault of connections and watches does what it says. */
class GrpcFaultProxyTest extends ProxyFixture {
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
            proxy.delayAnswers(Duration.ofMillis(20L * i));
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
        Replies<TxnResponse> sent = send("late");
        direct().put(Requests.put(key, "other"));
        assertThat(code(() -> impatient().range(Requests.get(key)))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(watch.isSilent()).isTrue();
        assertThat(sent.isSilent()).isTrue();
        assertThat(stored()).isEqualTo("other");
        proxy.heal();
        assertThat(sent.endCode()).isEqualTo(Status.Code.OK);
        assertThat(stored()).isEqualTo("late");
        for (String value : List.of("other", "late")) {
            assertThat(watch.next().getEvents(0).getKv().getValue().toStringUtf8())
                    .isEqualTo(value);
        }
        assertThat(kv().range(Requests.get(key)).getCount()).isEqualTo(1);
    }

    @Test
    void whatWasOnItsWayMayBeLostForGood() throws Exception {
        Replies<WatchResponse> watch = watch();
        proxy.cut();
        Replies<TxnResponse> sent = send("lost");
        direct().put(Requests.put(key, "other"));
        proxy.healWithReset();
        assertThat(watch.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(sent.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        kv().withWaitForReady().range(Requests.get(key));
        assertThat(proxy.traffic().commits()).isZero();
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

    @Test
    void connectionsThatEndBeforeTheyBeganAreNoTrouble() throws Exception {
        for (int i = 0; i < 50; i++) {
            try (Socket brief = new Socket()) {
                brief.connect(Ports.address(proxy.port()));
                brief.setSoLinger(true, 0);
            }
        }
        kv().range(Requests.get(key));
        proxy.refuse();
    }
}
