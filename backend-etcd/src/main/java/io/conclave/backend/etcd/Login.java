package io.conclave.backend.etcd;

import io.conclave.spi.Credentials;
import io.conclave.spi.Timekeeper;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.AuthenticateResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The token that a server gives for user and password, put on every call; asked for again when a server does not know it any more. */
final class Login implements ClientInterceptor {
    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

    private record Waiter(Executor executor, Consumer<@Nullable Trouble> next) {}

    private final Endpoints endpoints;
    private final Timekeeper timekeeper;
    private final Optional<Credentials> credentials;
    private final Object lock = new Object();
    private final List<Waiter> waiters = new ArrayList<>();
    private volatile @Nullable String token;
    private boolean asking;

    Login(Endpoints endpoints, Timekeeper timekeeper, Optional<Credentials> credentials) {
        this.endpoints = endpoints;
        this.timekeeper = timekeeper;
        this.credentials = credentials;
    }

    boolean isNeeded() {
        return credentials.isPresent();
    }

    /** The token is not worth anything any more. */
    void renew() {
        token = null;
    }

    /** Goes on once there is a token, or with the reason why there is none. */
    void whenIn(long deadlineNanos, Executor executor, Consumer<@Nullable Trouble> next) {
        if (credentials.isEmpty() || token != null) {
            next.accept(null);
            return;
        }
        synchronized (lock) {
            waiters.add(new Waiter(executor, next));
            if (asking) {
                return;
            }
            asking = true;
        }
        ask(credentials.get(), deadlineNanos);
    }

    private void ask(Credentials who, long deadlineNanos) {
        Endpoints.Endpoint endpoint = endpoints.current();
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(
                Math.max(1, timekeeper.until(deadlineNanos).toNanos()), TimeUnit.NANOSECONDS);
        char[] password = who.password().reveal();
        AuthenticateRequest request = AuthenticateRequest.newBuilder()
                .setName(who.user())
                .setPassword(new String(password))
                .build();
        Arrays.fill(password, '\0');
        ClientCalls.asyncUnaryCall(
                endpoint.channel().newCall(AuthGrpc.getAuthenticateMethod(), options),
                request,
                new StreamObserver<AuthenticateResponse>() {
                    @Override
                    public void onNext(AuthenticateResponse answer) {
                        token = answer.getToken();
                        done(null);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        Trouble trouble = Trouble.of(Status.fromThrowable(failure), false);
                        if (trouble.isOfTheWay()) {
                            endpoints.suspect(endpoint);
                        }
                        done(trouble);
                    }

                    @Override
                    public void onCompleted() {
                        // the answer has said it all
                    }
                });
    }

    private void done(@Nullable Trouble trouble) {
        List<Waiter> all;
        synchronized (lock) {
            asking = false;
            all = List.copyOf(waiters);
            waiters.clear();
        }
        all.forEach(waiter -> waiter.executor().execute(() -> waiter.next().accept(trouble)));
    }

    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        ClientCall<Q, R> call = next.newCall(method, options);
        return new ForwardingClientCall.SimpleForwardingClientCall<>(call) {
            @Override
            public void start(Listener<R> listener, Metadata headers) {
                String known = token;
                if (known != null) {
                    headers.put(TOKEN, known);
                }
                super.start(listener, headers);
            }
        };
    }
}
