package io.conclave.backend.etcd;

import io.conclave.backend.etcd.Endpoints.Endpoint;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One stream of watches to one server. It takes one message at a time, so that a slow listener holds back the server and not this process's memory. The
 * server ends the stream's watches when it has no leader.
 */
final class WatchStream {
    private static final Metadata.Key<String> REQUIRE_LEADER =
            Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

    /** Hears the server, on the drain. */
    interface Listener {
        void onMessage(WatchStream from, WatchResponse message);

        /** The last call. */
        void onDown(WatchStream from, Trouble trouble);
    }

    private final Endpoint endpoint;
    private final Executor drain;
    private final Listener listener;
    private final AtomicLong messages = new AtomicLong();
    private @Nullable ClientCallStreamObserver<WatchRequest> requests;
    private boolean closed;

    WatchStream(Endpoint endpoint, Executor drain, Listener listener) {
        this.endpoint = endpoint;
        this.drain = drain;
        this.listener = listener;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** How many messages have come. */
    long messages() {
        return messages.get();
    }

    /** On the drain. */
    void open(Login login) {
        Metadata headers = new Metadata();
        headers.put(REQUIRE_LEADER, "true");
        Channel channel = ClientInterceptors.intercept(
                endpoint.channel(), login, MetadataUtils.newAttachHeadersInterceptor(headers));
        ClientCalls.asyncBidiStreamingCall(
                channel.newCall(WatchGrpc.getWatchMethod(), CallOptions.DEFAULT), new Responses());
    }

    /** On the drain. */
    void send(WatchRequest request) {
        ClientCallStreamObserver<WatchRequest> to = requests;
        if (to != null && !closed) {
            to.onNext(request);
        }
    }

    /** On the drain: nothing more is heard. */
    void close() {
        ClientCallStreamObserver<WatchRequest> to = requests;
        if (!closed) {
            closed = true;
            if (to != null) {
                to.cancel("the watches go elsewhere", null);
            }
        }
    }

    private final class Responses implements ClientResponseObserver<WatchRequest, WatchResponse> {
        private @Nullable ClientCallStreamObserver<WatchRequest> stream;

        @Override
        public void beforeStart(ClientCallStreamObserver<WatchRequest> opening) {
            opening.disableAutoRequestWithInitial(1);
            stream = opening;
            requests = opening;
        }

        @Override
        public void onNext(WatchResponse message) {
            messages.incrementAndGet();
            drain.execute(() -> {
                if (!closed) {
                    listener.onMessage(WatchStream.this, message);
                }
                ClientCallStreamObserver<WatchRequest> more = stream;
                if (more != null && !closed) {
                    more.request(1);
                }
            });
        }

        @Override
        public void onError(Throwable failure) {
            Trouble trouble = Trouble.of(Status.fromThrowable(failure), true);
            drain.execute(() -> {
                if (!closed) {
                    closed = true;
                    listener.onDown(WatchStream.this, trouble);
                }
            });
        }

        @Override
        public void onCompleted() {
            onError(Status.UNAVAILABLE
                    .withDescription("the server has ended the watches")
                    .asRuntimeException());
        }
    }
}
