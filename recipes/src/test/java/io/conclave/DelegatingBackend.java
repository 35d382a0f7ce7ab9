package io.conclave;

import io.conclave.spi.Backend;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** A backend that does what another does, with its sessions wrapped. */
public class DelegatingBackend implements Backend {
    private final Backend backend;
    private final UnaryOperator<Session> wrap;

    public DelegatingBackend(Backend backend, UnaryOperator<Session> wrap) {
        this.backend = backend;
        this.wrap = wrap;
    }

    @Override
    public Capabilities capabilities() {
        return backend.capabilities();
    }

    @Override
    public Timekeeper timekeeper() {
        return backend.timekeeper();
    }

    @Override
    public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
        WrappedListener wrapped = new WrappedListener(listener);
        return backend.openSession(spec, wrapped, deadlineNanos).thenApply(session -> {
            Session outer = wrap.apply(session);
            wrapped.outer = outer;
            return outer;
        });
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        return backend.closeAsync();
    }

    /** Tells of the wrapped session, as a backend of its own would. */
    private static final class WrappedListener implements SessionListener {
        private final SessionListener listener;
        private volatile Session outer;

        WrappedListener(SessionListener listener) {
            this.listener = listener;
        }

        @Override
        public void onState(Session session, io.conclave.spi.SessionState state) {
            listener.onState(outer == null ? session : outer, state);
        }
    }
}
