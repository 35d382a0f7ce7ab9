package io.conclave.leader;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.FencedGrant;
import io.conclave.Registration;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicies;
import io.conclave.internal.SerialCallbacks;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A participant: asks for a grant of the latch's queue, leads while it has it, asks again when it has ended. All changes happen on one drain; {@code term} is also read
 * outside.
 */
final class LatchParticipant implements LeaderLatch {
    private static final Logger LOG = LoggerFactory.getLogger(LatchParticipant.class);

    private enum Phase {
        NEW,
        STARTED,
        CLOSED
    }

    private final Acquirer acquirer;
    private final SerialDrain drain;
    private final List<Told> listeners = new ArrayList<>();
    private final Map<Object, CompletableFuture<FencedGrant>> awaiting = new HashMap<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private final Participation participation;
    private volatile Phase phase = Phase.NEW;
    private volatile @Nullable FencedGrant term;

    LatchParticipant(Conclave conclave, String path, String id) {
        Objects.requireNonNull(id, "id");
        this.acquirer = new Acquirer(conclave, path, AdmissionPolicies.LATCH, true, requireId(id));
        this.drain = acquirer.newDrain();
        this.participation = new Participation(acquirer, drain, this::gained, this::leave, closed -> leave());
    }

    static String requireId(String id) {
        if (id.isEmpty()) {
            throw new IllegalArgumentException("id is empty");
        }
        return id;
    }

    @Override
    public void start() {
        CompletableFuture<Void> started = new CompletableFuture<>();
        drain.execute(() -> {
            if (phase != Phase.NEW) {
                started.completeExceptionally(new IllegalStateException("the latch was started or closed before"));
                return;
            }
            phase = Phase.STARTED;
            started.complete(null);
            participation.ask();
        });
        if (started.isCompletedExceptionally()) {
            throw new IllegalStateException("the latch was started or closed before");
        }
    }

    private void gained(FencedGrant grant) {
        if (phase != Phase.STARTED) {
            giveBack(grant);
            return;
        }
        term = grant;
        listeners.forEach(told -> told.gained(grant));
        awaiting.values().forEach(waiting -> waiting.complete(grant));
        awaiting.clear();
        Acquirer.onEndAtOnce(
                grant,
                () -> drain.execute(() -> {
                    if (term == grant) {
                        Acquirer.afterwards(over(grant), () -> LOG.debug("the end of {} was told", acquirer.path()));
                        participation.ask();
                    }
                }));
    }

    /** Ends the term here; completes when the listeners have heard of it. */
    private CompletableFuture<Void> over(FencedGrant grant) {
        term = null;
        return CompletableFuture.allOf(
                listeners.stream().map(each -> each.lost(grant)).toArray(CompletableFuture[]::new));
    }

    /** As {@link #over}, then gives the term back when the listeners have been told, or when the grant would not be believed any more. */
    private void resign(FencedGrant grant) {
        CompletableFuture<Void> told = over(grant);
        Cancellable timer = acquirer.timekeeper().schedule(() -> told.complete(null), grant.validFor());
        Acquirer.afterwards(told, () -> {
            timer.cancel();
            drain.execute(() -> giveBack(grant));
        });
    }

    private void giveBack(FencedGrant grant) {
        Acquirer.giveBack(grant, lost -> left.complete(null));
    }

    private void leave() {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        boolean nothingComes = participation.leave();
        awaiting.values()
                .forEach(waiting -> waiting.completeExceptionally(new IllegalStateException("the latch was closed")));
        awaiting.clear();
        FencedGrant present = term;
        if (present != null) {
            resign(present);
        } else if (nothingComes) {
            left.complete(null);
        }
    }

    @Override
    public void close() {
        drain.execute(this::leave);
        acquirer.awaitQuietly(left);
    }

    @Override
    public boolean isLeader() {
        FencedGrant present = term;
        return present != null && present.isValid();
    }

    @Override
    public Optional<FencedGrant> term() {
        FencedGrant present = term;
        return present != null && present.isValid() ? Optional.of(present) : Optional.empty();
    }

    @Override
    public FencedGrant await() throws InterruptedException {
        Acquirer.refuseInCallback("await");
        Object call = new Object();
        CompletableFuture<FencedGrant> next = nextTerm(call);
        try {
            return acquirer.get(next);
        } finally {
            drain.execute(() -> awaiting.remove(call));
        }
    }

    @Override
    public FencedGrant await(Duration wait) throws InterruptedException, TimeoutException {
        Acquirer.refuseInCallback("await");
        Object call = new Object();
        CompletableFuture<FencedGrant> next = nextTerm(call);
        try {
            return acquirer.get(next, acquirer.deadlineAfter(wait));
        } finally {
            drain.execute(() -> awaiting.remove(call));
        }
    }

    private CompletableFuture<FencedGrant> nextTerm(Object call) {
        CompletableFuture<FencedGrant> next = new CompletableFuture<>();
        drain.execute(() -> {
            FencedGrant present = term;
            if (phase != Phase.STARTED) {
                next.completeExceptionally(new IllegalStateException("the latch is not started, or closed"));
            } else if (present != null && present.isValid()) {
                next.complete(present);
            } else {
                awaiting.put(call, next);
            }
        });
        return next;
    }

    @Override
    public Optional<Contender> leader() throws InterruptedException {
        return acquirer.queue().holder();
    }

    @Override
    public List<Contender> participants() throws InterruptedException {
        return acquirer.contenders();
    }

    @Override
    public Registration addListener(LeadershipListener listener) {
        Told told = new Told(Objects.requireNonNull(listener, "listener"));
        drain.execute(() -> {
            listeners.add(told);
            FencedGrant present = term;
            if (present != null) {
                told.gained(present);
            }
        });
        return told::remove;
    }

    @Override
    public String toString() {
        return "LeaderLatch[" + acquirer.path() + ", leader: " + isLeader() + "]";
    }

    /** A listener with its own order of calls; what it has heard alternates, also if calls were dropped because it is slow. */
    private final class Told {
        private final LeadershipListener listener;
        private final SerialCallbacks calls =
                acquirer.serialCallbacks("a leadership listener of " + acquirer.path(), this::catchUp);
        private volatile boolean removed;
        private @Nullable FencedGrant heard; // touched by the calls only

        Told(LeadershipListener listener) {
            this.listener = listener;
        }

        void gained(FencedGrant grant) {
            calls.execute(() -> tellGained(grant));
        }

        CompletableFuture<Void> lost(FencedGrant grant) {
            CompletableFuture<Void> told = new CompletableFuture<>();
            calls.execute(() -> {
                try {
                    tellLost(grant);
                } finally {
                    told.complete(null);
                }
            });
            return told;
        }

        void remove() {
            removed = true;
            drain.execute(() -> listeners.remove(this));
        }

        private void tellGained(FencedGrant grant) {
            if (!removed && heard == null) {
                heard = grant;
                listener.onGained(grant);
            }
        }

        private void tellLost(FencedGrant grant) {
            if (!removed && heard == grant) {
                heard = null;
                listener.onLost(grant);
            }
        }

        /** Calls were dropped: tells what is so now. */
        private void catchUp() {
            FencedGrant present = term;
            FencedGrant before = heard;
            if (before != null && before != present) {
                tellLost(before);
            }
            if (present != null) {
                tellGained(present);
            }
        }
    }
}
