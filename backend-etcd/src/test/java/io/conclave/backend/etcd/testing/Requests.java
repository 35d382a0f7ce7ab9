package io.conclave.backend.etcd.testing;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;

/** Requests of etcd's own API. */
final class Requests {
    private Requests() {}

    static ByteString utf8(String text) {
        return ByteString.copyFromUtf8(text);
    }

    static PutRequest put(String key, String value) {
        return PutRequest.newBuilder().setKey(utf8(key)).setValue(utf8(value)).build();
    }

    static RangeRequest get(String key) {
        return RangeRequest.newBuilder().setKey(utf8(key)).build();
    }

    /** A commit, as the proxy sees it. */
    static TxnRequest commit(String key, String value) {
        return txn(RequestOp.newBuilder().setRequestPut(put(key, value)));
    }

    static TxnRequest withdraw(String key) {
        return txn(RequestOp.newBuilder()
                .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(utf8(key))));
    }

    static TxnRequest read(String key) {
        return txn(RequestOp.newBuilder().setRequestRange(get(key)));
    }

    private static TxnRequest txn(RequestOp.Builder operation) {
        return TxnRequest.newBuilder().addSuccess(operation).build();
    }

    static LeaseGrantRequest lease(long seconds) {
        return LeaseGrantRequest.newBuilder().setTTL(seconds).build();
    }

    static WatchRequest watch(String key) {
        return WatchRequest.newBuilder()
                .setCreateRequest(WatchCreateRequest.newBuilder().setKey(utf8(key)))
                .build();
    }
}
