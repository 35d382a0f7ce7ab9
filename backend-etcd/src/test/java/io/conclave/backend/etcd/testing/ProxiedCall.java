package io.conclave.backend.etcd.testing;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import org.jspecify.annotations.Nullable;

/**
 * One call on its way. It is asked for at the server when its first message comes. Everything happens in {@code turns}, one after the
 * other. A call with a fault is free of its client: neither the client's deadline, nor its giving up, nor the end of its connection reach the server.
 */
final class ProxiedCall extends ServerCall.Listener<byte[]> {
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

    private final GrpcFaultProxy proxy;
    private final Channel server;
    private final ServerCall<byte[], byte[]> client;
    private final Metadata headers;
    private final @Nullable Deadline deadline = Context.current().getDeadline();
    private final String method;
    private final boolean watch;
    private final SynchronizationContext turns = new SynchronizationContext((thread, bug) -> {
        throw new IllegalStateException(bug);
    });
    private final Answers answers;
    private @Nullable ClientCall<byte[], byte[]> call;
    private @Nullable ManagedChannel own;
    private @Nullable Strike strike;
    private boolean ended;
    private boolean clientWaits;
    private boolean serverWaits;

    ProxiedCall(GrpcFaultProxy proxy, Channel server, ServerCall<byte[], byte[]> client, Metadata headers) {
        this.proxy = proxy;
        this.server = server;
        this.client = client;
        this.headers = headers;
        headers.discardAll(TIMEOUT);
        this.method = client.getMethodDescriptor().getFullMethodName();
        this.watch = method.equals(Traffic.WATCH);
        this.answers = new Answers(turns, proxy::delay);
    }

    void begin() {
        proxy.traffic().began();
        client.request(1);
        if (watch) {
            proxy.watches().began(this);
        }
    }

    /** Ends it at both sides. */
    void end(Status status) {
        turns.execute(() -> endNow(status, new Metadata()));
    }

    /** Ends it when the answers that have come so far have passed, and lets no other pass. */
    void endAfterAnswers(Status status) {
        answers.last(() -> endNow(status, new Metadata()));
    }

    private void endNow(Status status, Metadata trailers) {
        if (ended) {
            return;
        }
        client.close(status, trailers);
        over("ended by the proxy");
    }

    private void over(String reason) {
        ended = true;
        if (watch) {
            proxy.watches().ended(this);
        }
        if (call != null && strike == null) {
            call.cancel(reason, null);
        }
    }

    @Override
    public void onMessage(byte[] message) {
        turns.execute(() -> {
            if (ended) {
                return;
            }
            proxy.traffic().requested(method, message);
            strike = call == null ? proxy.takeStrike(method, message) : null;
            if (strike == null) {
                forward(message);
            } else {
                suffer(strike, message);
            }
        });
    }

    private void suffer(Strike blow, byte[] commit) {
        if (blow.fault == Fault.HOLD) {
            proxy.hold(() -> turns.execute(() -> forwardAll(commit)));
        } else if (blow.fault.forwards()) {
            if (blow.fault == Fault.LOSE_REPLY_AND_CUT) {
                proxy.cut();
            }
            forwardAll(commit);
            return;
        } else if (blow.fault.resets()) {
            end(GrpcFaultProxy.RESET);
        }
        blow.done.complete(null);
    }

    private void forwardAll(byte[] onlyMessage) {
        own = proxy.connect();
        forward(onlyMessage);
        call.halfClose();
    }

    private void forward(byte[] message) {
        if (call == null) {
            call = open();
        }
        call.sendMessage(message);
        if (call.isReady()) {
            client.request(1);
        } else {
            clientWaits = true;
        }
    }

    /** Outside the context of the client's call, which would cancel it. */
    private ClientCall<byte[], byte[]> open() {
        Context before = Context.ROOT.attach();
        try {
            ClientCall<byte[], byte[]> opened = own == null
                    ? server.newCall(client.getMethodDescriptor(), CallOptions.DEFAULT.withDeadline(deadline))
                    : own.newCall(client.getMethodDescriptor(), CallOptions.DEFAULT);
            opened.start(new FromServer(), headers);
            opened.request(1);
            return opened;
        } finally {
            Context.ROOT.detach(before);
        }
    }

    @Override
    public void onHalfClose() {
        turns.execute(() -> {
            if (!ended && strike == null) {
                if (call == null) {
                    call = open();
                }
                call.halfClose();
            }
        });
    }

    @Override
    public void onCancel() {
        turns.execute(() -> {
            if (!ended) {
                over("cancelled by the client");
            }
        });
    }

    @Override
    public void onReady() {
        turns.execute(() -> {
            if (serverWaits && call != null) {
                serverWaits = false;
                call.request(1);
            }
        });
    }

    /** An answer is lost if that is the call's fault, and goes nowhere once the call has ended at the client. */
    private void answer(Runnable pass) {
        if (strike == null || !strike.fault.forwards()) {
            answers.next(() -> {
                if (!ended) {
                    pass.run();
                }
            });
        }
    }

    private void lose(Strike blow) {
        if (blow.fault.resets()) {
            endNow(GrpcFaultProxy.RESET, new Metadata());
        }
        blow.done.complete(null);
    }

    private void pass(byte[] message) {
        proxy.traffic().answered();
        answer(() -> client.sendMessage(message));
        if (client.isReady()) {
            call.request(1);
        } else {
            serverWaits = true;
        }
        if (watch) {
            if (proxy.traffic().watched(message).getCreated()) {
                proxy.watches().created(this);
            }
        }
    }

    private final class FromServer extends ClientCall.Listener<byte[]> {
        @Override
        public void onHeaders(Metadata fromServer) {
            turns.execute(() -> answer(() -> client.sendHeaders(fromServer)));
        }

        @Override
        public void onMessage(byte[] message) {
            turns.execute(() -> pass(message));
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            turns.execute(() -> {
                if (own != null) {
                    own.shutdown();
                }
                if (strike != null && strike.fault.forwards()) {
                    lose(strike);
                } else {
                    answer(() -> endNow(status, trailers));
                }
            });
        }

        @Override
        public void onReady() {
            turns.execute(() -> {
                if (clientWaits) {
                    clientWaits = false;
                    client.request(1);
                }
            });
        }
    }
}
