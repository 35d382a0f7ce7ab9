package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.api.TxnResponse;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A commit is lost or held as it is said. */
class CommitFaultsTest extends ProxyFixture {
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
    void aLostReplyMayEndTheCall() throws Exception {
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REPLY_AND_RESET);
        Replies<TxnResponse> sent = send("1");
        await(lost);
        assertThat(sent.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(stored()).isEqualTo("1");
    }

    @Test
    void aLostReplyMayBeginACut() throws Exception {
        kv().range(Requests.get(key));
        CompletableFuture<Void> lost = proxy.atNextCommit(Fault.LOSE_REPLY_AND_CUT);
        Replies<TxnResponse> sent = send("1");
        await(lost);
        assertThat(stored()).isEqualTo("1");
        assertThat(code(() -> impatient().range(Requests.get(key)))).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(sent.isSilent()).isTrue();
        proxy.healWithReset();
        assertThat(sent.endCode()).isEqualTo(Status.Code.UNAVAILABLE);
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
}
