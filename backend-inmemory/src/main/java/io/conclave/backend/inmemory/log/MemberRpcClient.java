package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.ReplicatorGroup;
import com.alipay.sofa.jraft.error.InvokeTimeoutException;
import com.alipay.sofa.jraft.error.RemotingException;
import com.alipay.sofa.jraft.option.RpcOptions;
import com.alipay.sofa.jraft.rpc.InvokeCallback;
import com.alipay.sofa.jraft.rpc.InvokeContext;
import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.util.Endpoint;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A member's way to the others: the engine's client behind the member's {@link Links}. A message that is lost looks like one to which no answer comes in time. */
final class MemberRpcClient implements RpcClient {
    private final RpcClient client;
    private final PeerTraffic member;

    MemberRpcClient(RpcClient client, PeerTraffic member) {
        this.client = client;
        this.member = member;
    }

    /** Made when the first message is late or lost, which is in tests only. */
    private static final class Late {
        static final ScheduledExecutorService TIMER = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "conclave-log-links");
            thread.setDaemon(true);
            return thread;
        });

        static void run(Runnable task, long millis) {
            var unused = TIMER.schedule(task, millis, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public boolean init(RpcOptions options) {
        return client.init(options);
    }

    @Override
    public void shutdown() {
        client.shutdown();
    }

    @Override
    public boolean checkConnection(Endpoint endpoint) {
        return client.checkConnection(endpoint);
    }

    @Override
    public boolean checkConnection(Endpoint endpoint, boolean createIfAbsent) {
        return client.checkConnection(endpoint, createIfAbsent);
    }

    @Override
    public void closeConnection(Endpoint endpoint) {
        client.closeConnection(endpoint);
    }

    @Override
    public void registerConnectEventListener(ReplicatorGroup replicatorGroup) {
        client.registerConnectEventListener(replicatorGroup);
    }

    /** Used to connect only. Called under the engine's lock, so what is lost fails at once. */
    @Override
    public Object invokeSync(Endpoint endpoint, Object request, @Nullable InvokeContext context, long timeoutMillis)
            throws InterruptedException, RemotingException {
        int to = member.memberAt(endpoint);
        if (member.delayMillis(member.memberId, to, request) < 0
                || member.delayMillis(to, member.memberId, request) < 0) {
            throw new InvokeTimeoutException("the link to member " + to + " is cut");
        }
        return client.invokeSync(endpoint, request, context, timeoutMillis);
    }

    @Override
    public void invokeAsync(
            Endpoint endpoint,
            Object request,
            @Nullable InvokeContext context,
            InvokeCallback callback,
            long timeoutMillis)
            throws InterruptedException, RemotingException {
        if (!member.maySend(request)) {
            throw new InvokeTimeoutException("this member may not vote");
        }
        int to = member.memberAt(endpoint);
        long late = member.delayMillis(member.memberId, to, request);
        InvokeCallback answer = new Answer(to, request, callback, timeoutMillis);
        member.sent(to, request);
        if (late == 0) {
            try {
                client.invokeAsync(endpoint, request, context, answer, timeoutMillis);
            } catch (InterruptedException | RemotingException | RuntimeException failure) {
                member.answered(to, request, null);
                throw failure;
            }
        } else if (late < 0) {
            Late.run(() -> complete(answer, null, new InvokeTimeoutException("the link is cut")), timeoutMillis);
        } else {
            Late.run(() -> send(endpoint, request, context, answer, timeoutMillis), late);
        }
    }

    private void send(
            Endpoint endpoint,
            Object request,
            @Nullable InvokeContext context,
            InvokeCallback answer,
            long timeoutMillis) {
        try {
            client.invokeAsync(endpoint, request, context, answer, timeoutMillis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            complete(answer, null, interrupted);
        } catch (RemotingException | RuntimeException failure) {
            complete(answer, null, failure);
        }
    }

    private static void complete(InvokeCallback callback, @Nullable Object result, @Nullable Throwable failure) {
        Executor executor = callback.executor();
        if (executor == null) {
            callback.complete(result, failure);
        } else {
            executor.execute(() -> callback.complete(result, failure));
        }
    }

    /** The way back. */
    private final class Answer implements InvokeCallback {
        private final int from;
        private final Object request;
        private final InvokeCallback callback;
        private final long timeoutMillis;

        Answer(int from, Object request, InvokeCallback callback, long timeoutMillis) {
            this.from = from;
            this.request = request;
            this.callback = callback;
            this.timeoutMillis = timeoutMillis;
        }

        @Override
        public void complete(@Nullable Object result, @Nullable Throwable failure) {
            long late = result != null ? member.delayMillis(from, member.memberId, result) : 0;
            member.answered(from, request, late == 0 && failure == null ? result : null);
            if (late == 0) {
                callback.complete(result, failure);
            } else if (late < 0) {
                Late.run(
                        () -> MemberRpcClient.complete(
                                callback, null, new InvokeTimeoutException("the link back is cut")),
                        timeoutMillis);
            } else {
                Late.run(() -> MemberRpcClient.complete(callback, result, null), late);
            }
        }

        @Override
        public @Nullable Executor executor() {
            return callback.executor();
        }
    }
}
