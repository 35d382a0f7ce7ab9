package io.conclave.backend.zookeeper;

import io.conclave.spi.BackendException;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.support.PendingCall;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The reads of one session that are under way; without contact they wait for it. A linearizable read goes out right behind a write that changes
 * nothing: ZooKeeper's own {@code sync} does not wait for a quorum.
 */
final class Reads {
    private static final int MOST = 10_000;

    private final ReadBatch.Context context;
    private final BooleanSupplier connected;
    private final Set<Reading> readings = new LinkedHashSet<>();

    Reads(ReadBatch.Context context, BooleanSupplier connected) {
        this.context = context;
        this.connected = connected;
    }

    void start(List<Query> queries, ReadLevel level, PendingCall<List<View>> call) {
        if (readings.size() >= MOST) {
            call.fail(new UnavailableException(MOST + " reads of this session are under way"));
        } else if (!call.expireIfPast(false)) {
            Reading reading = new Reading(queries, level, call);
            readings.add(reading);
            call.onDeadline(() -> {
                readings.remove(reading);
                call.failLost(false, "no answer to the read by the deadline");
            });
            reading.send();
        }
    }

    /** There is contact again. */
    void resume() {
        List.copyOf(readings).forEach(Reading::send);
    }

    void end(BackendException why) {
        List<Reading> all = List.copyOf(readings);
        readings.clear();
        all.forEach(reading -> reading.call.fail(why));
    }

    private final class Reading {
        private final List<Query> queries;
        private final ReadLevel level;
        private final PendingCall<List<View>> call;
        private boolean sent;

        Reading(List<Query> queries, ReadLevel level, PendingCall<List<View>> call) {
            this.queries = queries;
            this.level = level;
            this.call = call;
        }

        void send() {
            if (sent || !connected.getAsBoolean()) {
                return;
            }
            sent = true;
            if (level == ReadLevel.LINEARIZABLE) {
                sendBehindABeat();
            } else {
                ReadBatch.start(context, queries, directory -> null, this::finish);
            }
        }

        /** The answers count once the beat was acknowledged, also if there is nothing to ask. */
        private void sendBehindABeat() {
            boolean[] acknowledged = {false};
            List<List<View>> early = new ArrayList<>();
            context.link().beat((code, none) -> {
                acknowledged[0] = Errors.provesQuorum(code);
                if (!acknowledged[0]) {
                    finish(null, ReadBatch.failure(code));
                } else {
                    early.forEach(views -> finish(views, null));
                }
            });
            ReadBatch.start(context, queries, directory -> null, (views, failure) -> {
                if (views != null && !acknowledged[0]) {
                    early.add(views);
                } else {
                    finish(views, failure);
                }
            });
        }

        private void finish(@Nullable List<View> views, @Nullable BackendException failure) {
            if (!readings.remove(this)) {
                return;
            }
            if (views != null) {
                call.complete(views);
            } else if (failure != null) {
                call.fail(failure);
            }
        }
    }
}
