package io.conclave.backend.etcd.testing;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * What one proxy has seen: the messages of the client by method, and what watches were told. A request that a fault then loses is counted,
 * one that comes while the client is cut off is not.
 */
public final class Traffic {
    /** Transactions: commits and other. */
    public static final String TXN = "etcdserverpb.KV/Txn";

    /** Reads that are no transactions. */
    public static final String RANGE = "etcdserverpb.KV/Range";

    /** Renewals. */
    public static final String KEEP_ALIVE = "etcdserverpb.Lease/LeaseKeepAlive";

    /** Watches: one call has any number of them. */
    public static final String WATCH = "etcdserverpb.Watch/Watch";

    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
    private final LongAdder commits = new LongAdder();
    private final LongAdder calls = new LongAdder();
    private final LongAdder watchMessages = new LongAdder();
    private final LongAdder watchEvents = new LongAdder();
    private volatile long lastAnswerNanos;
    private final List<BiConsumer<String, byte[]>> listeners = new CopyOnWriteArrayList<>();

    Traffic() {}

    /** How many messages the client has sent to this method. */
    public long requests(String method) {
        LongAdder count = requests.get(method);
        return count == null ? 0 : count.sum();
    }

    /** How many messages the client has sent. */
    public long requests() {
        return requests.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** How many transactions that write the client has sent. */
    public long commits() {
        return commits.sum();
    }

    /** How many messages the server has sent to watches, the answers to their creation and end among them. */
    public long watchMessages() {
        return watchMessages.sum();
    }

    /** How many events the server has sent to watches. */
    public long watchEvents() {
        return watchEvents.sum();
    }

    /** When the server's last answer came, by {@link System#nanoTime}; 0 if none has. A lost one counts, too. */
    public long lastAnswerNanos() {
        return lastAnswerNanos;
    }

    /** How many calls the client has made. */
    public long calls() {
        return calls.sum();
    }

    /** Shows every message of the client, with its method, before it is passed on. The listener must not block. */
    public void onRequest(BiConsumer<String, byte[]> listener) {
        listeners.add(listener);
    }

    void began() {
        calls.increment();
    }

    void answered() {
        lastAnswerNanos = System.nanoTime();
    }

    void requested(String method, byte[] message) {
        requests.computeIfAbsent(method, name -> new LongAdder()).increment();
        if (isCommit(method, message, key -> true)) {
            commits.increment();
        }
        listeners.forEach(listener -> listener.accept(method, message));
    }

    WatchResponse watched(byte[] message) {
        WatchResponse response = parse(WatchResponse.parser(), message);
        watchMessages.increment();
        watchEvents.add(response.getEventsCount());
        return response;
    }

    /** A transaction that writes such a key if its comparisons hold. */
    static boolean isCommit(String method, byte[] message, Predicate<String> key) {
        return method.equals(TXN) && writes(parse(TxnRequest.parser(), message), key);
    }

    private static <T> T parse(Parser<T> parser, byte[] message) {
        try {
            return parser.parseFrom(message);
        } catch (InvalidProtocolBufferException notEtcd) {
            throw new IllegalArgumentException(notEtcd);
        }
    }

    private static boolean writes(TxnRequest txn, Predicate<String> key) {
        return txn.getSuccessList().stream().anyMatch(operation -> writes(operation, key));
    }

    private static boolean writes(RequestOp operation, Predicate<String> key) {
        return switch (operation.getRequestCase()) {
            case REQUEST_PUT -> key.test(operation.getRequestPut().getKey().toStringUtf8());
            case REQUEST_DELETE_RANGE ->
                key.test(operation.getRequestDeleteRange().getKey().toStringUtf8());
            case REQUEST_TXN -> writes(operation.getRequestTxn(), key);
            default -> false;
        };
    }
}
