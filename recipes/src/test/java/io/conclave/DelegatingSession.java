package io.conclave;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionState;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A session that does what another does; tests override single methods. */
public class DelegatingSession implements Session {
    protected final Session session;

    public DelegatingSession(Session session) {
        this.session = session;
    }

    @Override
    public String id() {
        return session.id();
    }

    @Override
    public long incarnation() {
        return session.incarnation();
    }

    @Override
    public Duration ttl() {
        return session.ttl();
    }

    @Override
    public SessionState state() {
        return session.state();
    }

    @Override
    public long validUntilNanos() {
        return session.validUntilNanos();
    }

    @Override
    public void keepFresh(boolean wanted) {
        session.keepFresh(wanted);
    }

    @Override
    public OpId newOpId() {
        return session.newOpId();
    }

    @Override
    public CompletionStage<CommitResult> commit(Commit commit) {
        return session.commit(commit);
    }

    @Override
    public CompletionStage<Withdrawal> withdraw(OpId opId, long deadlineNanos) {
        return session.withdraw(opId, deadlineNanos);
    }

    @Override
    public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
        return session.read(queries, level, deadlineNanos);
    }

    @Override
    public Watch watch(WatchSpec spec, WatchListener listener) {
        return session.watch(spec, listener);
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        return session.closeAsync();
    }
}
