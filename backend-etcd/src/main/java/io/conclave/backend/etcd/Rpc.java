package io.conclave.backend.etcd;

import io.conclave.backend.etcd.Endpoints.Endpoint;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Timekeeper;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseKeepAliveRequest;
import io.etcd.jetcd.api.LeaseKeepAliveResponse;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.LeaseRevokeResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Requests with one answer each. Every one is cancelled at its deadline, so that what was not sent by then is never sent; none is repeated here, but once after a
 * new login, which the server asks for before it executes anything.
 */
final class Rpc {
    /** A call that failed by its deadline tells something about the server only if it had this much time. */
    private static final long TELLING_NANOS = Duration.ofMillis(400).toNanos();

    /** Hears the end of a request, once, on the executor that it was called with. */
    interface Reply<R> {
        /** One of the two is null. */
        void on(@Nullable R answer, @Nullable Trouble trouble);
    }

    private final Endpoints endpoints;
    private final Login login;
    private final Timekeeper timekeeper;

    Rpc(Endpoints endpoints, Login login, Timekeeper timekeeper) {
        this.endpoints = endpoints;
        this.login = login;
        this.timekeeper = timekeeper;
    }

    Endpoints endpoints() {
        return endpoints;
    }

    Login login() {
        return login;
    }

    void txn(TxnRequest request, long deadlineNanos, Executor executor, Reply<TxnResponse> reply) {
        call(KVGrpc.getTxnMethod(), request, deadlineNanos, new Ear(executor, null), reply);
    }

    /**
     * The same with one change of threads less: an answer that finds the drain idle is heard on the transport's thread, which serves other sessions too, so what hears it
     * must call no listener. Failures are heard as ever.
     */
    void quickTxn(TxnRequest request, long deadlineNanos, SerialDrain drain, Reply<TxnResponse> reply) {
        call(KVGrpc.getTxnMethod(), request, deadlineNanos, new Ear(drain, drain), reply);
    }

    /**
     * Where a request's end is heard.
     *
     * @param executor where it is heard as a rule
     * @param quick the drain that an answer may enter on the transport's thread
     */
    private record Ear(Executor executor, @Nullable SerialDrain quick) {
        void answer(Runnable task) {
            if (quick == null) {
                executor.execute(task);
            } else {
                quick.executeOne(task);
            }
        }

        void failure(Runnable task) {
            if (quick == null) {
                executor.execute(task);
            } else {
                quick.executeLater(task);
            }
        }
    }

    void grant(LeaseGrantRequest request, long deadlineNanos, Executor executor, Reply<LeaseGrantResponse> reply) {
        call(LeaseGrpc.getLeaseGrantMethod(), request, deadlineNanos, new Ear(executor, null), reply);
    }

    void revoke(long lease, long deadlineNanos, Executor executor, Reply<LeaseRevokeResponse> reply) {
        LeaseRevokeRequest request =
                LeaseRevokeRequest.newBuilder().setID(lease).build();
        call(LeaseGrpc.getLeaseRevokeMethod(), request, deadlineNanos, new Ear(executor, null), reply);
    }

    /** One renewal on a stream of its own: jetcd's and etcd's long streams end without a word. */
    void keepAliveOnce(long lease, long deadlineNanos, Executor executor, Reply<LeaseKeepAliveResponse> reply) {
        LeaseKeepAliveRequest request =
                LeaseKeepAliveRequest.newBuilder().setID(lease).build();
        call(LeaseGrpc.getLeaseKeepAliveMethod(), request, deadlineNanos, new Ear(executor, null), reply);
    }

    private <Q, R> void call(MethodDescriptor<Q, R> method, Q request, long deadlineNanos, Ear ear, Reply<R> reply) {
        login.whenIn(deadlineNanos, ear.executor(), failure -> {
            if (failure != null) {
                reply.on(null, failure);
            } else {
                send(method, request, deadlineNanos, ear, (answer, trouble) -> {
                    if (trouble != null && trouble.kind() == Trouble.Kind.LOGGED_OUT && login.isNeeded()) {
                        login.renew();
                        login.whenIn(deadlineNanos, ear.executor(), again -> {
                            if (again != null) {
                                reply.on(null, again);
                            } else {
                                send(method, request, deadlineNanos, ear, reply);
                            }
                        });
                    } else {
                        reply.on(answer, trouble);
                    }
                });
            }
        });
    }

    private <Q, R> void send(MethodDescriptor<Q, R> method, Q request, long deadlineNanos, Ear ear, Reply<R> reply) {
        Duration left = timekeeper.until(deadlineNanos);
        Endpoint endpoint = endpoints.current();
        SendTracer tracer = new SendTracer();
        CallOptions options = CallOptions.DEFAULT.withStreamTracerFactory(tracer);
        if (ear.quick() != null) {
            options = options.withExecutor(Runnable::run);
        }
        Answer<R> observer = new Answer<>(tracer, left.toNanos(), endpoint, ear, reply);
        if (left.isZero() || left.isNegative()) {
            observer.onError(Status.DEADLINE_EXCEEDED.asRuntimeException());
            return;
        }
        Channel channel =
                login.isNeeded() ? ClientInterceptors.intercept(endpoint.channel(), login) : endpoint.channel();
        ClientCall<Q, R> call = channel.newCall(method, options);
        observer.endAfter(left, call);
        try {
            if (method.getType() == MethodDescriptor.MethodType.UNARY) {
                ClientCalls.asyncUnaryCall(call, request, observer);
            } else {
                StreamObserver<Q> requests = ClientCalls.asyncBidiStreamingCall(call, observer);
                requests.onNext(request);
                requests.onCompleted();
            }
        } catch (RuntimeException refused) {
            observer.onError(
                    Status.UNAVAILABLE.withCause(refused).asRuntimeException()); // a channel in its last moments
        }
    }

    /**
     * Takes the first answer or the failure. It keeps the deadline itself: gRPC would send the time that is left with each request, and as no two are the same, the
     * table of known headers would be no use on either side.
     */
    private final class Answer<R> implements StreamObserver<R> {
        private final SendTracer tracer;
        private final long left;
        private final Endpoint endpoint;
        private final Ear ear;
        private final Reply<R> reply;
        private Cancellable timer = () -> {};
        private volatile boolean late;
        private boolean told;

        Answer(SendTracer tracer, long left, Endpoint endpoint, Ear ear, Reply<R> reply) {
            this.tracer = tracer;
            this.left = left;
            this.endpoint = endpoint;
            this.ear = ear;
            this.reply = reply;
        }

        /** Before the call is started. */
        void endAfter(Duration time, ClientCall<?, R> call) {
            timer = timekeeper.schedule(
                    () -> {
                        late = true;
                        call.cancel("no answer by the deadline", null);
                    },
                    time);
        }

        @Override
        public void onNext(R answer) {
            if (!told) {
                told = true;
                timer.cancel();
                endpoints.trust(endpoint);
                ear.answer(() -> reply.on(answer, null));
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (told) {
                return;
            }
            told = true;
            timer.cancel();
            Status status = late
                    ? Status.DEADLINE_EXCEEDED.withDescription("no answer by the deadline")
                    : Status.fromThrowable(failure);
            Trouble trouble = Trouble.of(status, tracer.sent());
            ear.failure(() -> reply.on(null, trouble)); // first: what has failed is not sent again elsewhere
            if (trouble.isOfTheWay() && (status.getCode() != Status.Code.DEADLINE_EXCEEDED || left >= TELLING_NANOS)) {
                timekeeper.executor().execute(() -> endpoints.suspect(endpoint)); // other sessions hear of it, too
            }
        }

        @Override
        public void onCompleted() {
            if (!told) {
                onError(Status.UNAVAILABLE.withDescription("no answer came").asRuntimeException());
            }
        }
    }
}
