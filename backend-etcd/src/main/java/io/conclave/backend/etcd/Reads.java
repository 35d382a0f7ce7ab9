package io.conclave.backend.etcd;

import io.conclave.spi.BackendException;
import io.conclave.spi.Query;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.support.PendingCall;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The reads of one session that are under way. All are linearizable: etcd's faster ones may show a state from before the own writes. */
final class Reads {
    private static final int MOST = 10_000;
    private static final int RANGES_MOST = 120;

    private final Commits.Owner owner;
    private final Set<One> running = new LinkedHashSet<>();

    Reads(Commits.Owner owner) {
        this.owner = owner;
    }

    void start(List<Query> queries, PendingCall<List<View>> call) {
        if (running.size() >= MOST) {
            call.fail(new UnavailableException(MOST + " reads of this session are under way"));
        } else if (!call.expireIfPast(false)) {
            One one = new One(queries, call);
            running.add(one);
            call.onDeadline(() -> {
                running.remove(one);
                call.failLost(false, "no answer to the read by the deadline");
            });
            one.begin();
        }
    }

    /** There is another way to the servers: what has no answer is asked again. */
    void resume() {
        List.copyOf(running).forEach(One::begin);
    }

    void end(BackendException why) {
        List<One> all = List.copyOf(running);
        running.clear();
        all.forEach(one -> one.call.fail(why));
    }

    private final class One {
        private final List<Query> queries;
        private final PendingCall<List<View>> call;
        private int attempt;

        One(List<Query> queries, PendingCall<List<View>> call) {
            this.queries = queries;
            this.call = call;
        }

        void begin() {
            go(++attempt, Reading.of(queries, owner.keys()), false);
        }

        private void go(int mine, Reading reading, boolean asked) {
            if (asked && reading.isComplete()) {
                running.remove(this);
                call.complete(reading.views());
                return;
            }
            round(owner.rpc(), reading, call.deadlineNanos(), owner.drain(), trouble -> {
                if (mine != attempt || call.isDone()) {
                    return;
                }
                if (trouble == null) {
                    go(mine, reading, true);
                } else if (trouble.kind() == Trouble.Kind.COMPACTED) {
                    begin(); // the state that the first page showed is gone
                } else {
                    running.remove(this);
                    call.fail(
                            trouble.isOfTheWay()
                                    ? new UnavailableException(trouble.why(), trouble.cause())
                                    : trouble.toException());
                }
            });
        }
    }

    /** One round of asking; goes on with the trouble, if any. */
    static void round(
            Rpc rpc, Reading reading, long deadlineNanos, SerialDrain drain, Consumer<@Nullable Trouble> next) {
        TxnRequest.Builder txn = TxnRequest.newBuilder();
        reading.ask(RANGES_MOST).forEach(range -> txn.addSuccess(TxnPlan.range(range)));
        rpc.quickTxn(txn.build(), deadlineNanos, drain, (answer, trouble) -> {
            if (answer != null) {
                reading.take(
                        answer.getResponsesList().stream()
                                .map(ResponseOp::getResponseRange)
                                .toList(),
                        answer.getHeader().getRevision());
            }
            next.accept(trouble);
        });
    }
}
