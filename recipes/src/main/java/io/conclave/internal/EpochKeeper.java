package io.conclave.internal;

import io.conclave.TokenEpoch;
import io.conclave.UnsupportedLayoutException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the namespace's epoch and layout format. Read when a session opens and watched from then on: a change makes the epoch unknown until it was read again, and
 * a contender that was created after the change hears of it before its reply (capability eventBeforeReply), so no grant is given under an old epoch. Without the capability
 * each {@link Attempt} asks for the epoch itself, and the larger one counts.
 */
final class EpochKeeper {
    static final NodePath PATH = NodePath.of("/.conclave/epoch");
    static final Query QUERY = Query.get(PATH);
    private static final Logger LOG = LoggerFactory.getLogger(EpochKeeper.class);
    private static final Pattern FORMAT = Pattern.compile("conclave-namespace/1\nepoch=([0-9]{1,3})\n");

    private final Timekeeper timekeeper;
    private final Duration callTimeout;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile CompletableFuture<Integer> epoch = new CompletableFuture<>();
    private long generation;

    EpochKeeper(Timekeeper timekeeper, Duration callTimeout) {
        this.timekeeper = timekeeper;
        this.callTimeout = callTimeout;
    }

    /** The epoch, as soon as it is known. */
    CompletableFuture<Integer> epoch() {
        return epoch;
    }

    /** Reads the epoch through a new session and watches it. */
    CompletionStage<Void> prepare(Session session) {
        Watch watch = Calls.watch(session, WatchSpec.node(PATH), new Reader(session));
        return watch.active().thenCompose(nothing -> read(session));
    }

    /** Reads it; only the answer to the newest question counts. */
    private CompletableFuture<Void> read(Session session) {
        long asked = forget();
        long deadline = timekeeper.deadlineAfter(callTimeout);
        return Calls.guarded(() -> session.read(List.of(QUERY), ReadLevel.OWN_WRITES, deadline))
                .thenAccept(views -> learn(asked, epochIn(views.get(0))));
    }

    private long forget() {
        lock.lock();
        try {
            if (epoch.isDone()) {
                epoch = new CompletableFuture<>();
            }
            return ++generation;
        } finally {
            lock.unlock();
        }
    }

    private void learn(long asked, int answer) {
        CompletableFuture<Integer> known;
        lock.lock();
        try {
            if (asked != generation) {
                return;
            }
            known = epoch;
        } finally {
            lock.unlock();
        }
        known.complete(answer);
    }

    private void readAgain(Session session, int attempt) {
        if (session.state().isFinal()) {
            return; // the next session reads it
        }
        Calls.whenDone(read(session), Runnable::run, (nothing, failure) -> {
            if (failure instanceof UnsupportedLayoutException unsupported) {
                epoch.completeExceptionally(unsupported);
            } else if (failure != null) {
                LOG.debug("reading the epoch failed, attempt {}", attempt, failure);
                timekeeper.schedule(() -> readAgain(session, attempt + 1), RetryPolicy.pause(attempt));
            }
        });
    }

    /** The epoch in the answer to {@link #QUERY}. */
    static int epochIn(View answer) {
        return parse(((View.OfNode) answer).node().map(Node::data).orElse(Payload.empty()));
    }

    static int parse(Payload data) {
        if (data.isEmpty()) {
            return 0;
        }
        Matcher matcher = FORMAT.matcher(data.asUtf8());
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) > TokenEpoch.MAX) {
            throw new UnsupportedLayoutException(
                    "the namespace's " + PATH
                            + " is not in the format conclave-namespace/1: it was written by another version of Conclave, or by somebody else");
        }
        return Integer.parseInt(matcher.group(1));
    }

    static Payload format(int epoch) {
        return Payload.utf8("conclave-namespace/1\nepoch=" + epoch + "\n");
    }

    private final class Reader implements WatchListener {
        private final Session session;

        Reader(Session session) {
            this.session = session;
        }

        @Override
        public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
            readAgain(session, 1);
        }

        @Override
        public void onResync(long revision) {
            readAgain(session, 1);
        }

        @Override
        public void onEnd(BackendException why) {
            LOG.debug("the watch of the epoch ended", why);
        }
    }
}
