package io.conclave.backend.etcd;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchCancelRequest;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The watches of one session, on one stream. Each has its own cursor, so when the stream ends, for whatever reason, another one is opened and every
 * watch goes on where it was; what the server has compacted meanwhile is told as a resync. A stream that stays silent although it was
 * asked for its progress is given up. On the session's drain.
 */
final class Watches implements WatchStream.Listener {
    private static final int MOST = 10_000;
    private static final int SILENT_MOST = 4;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int PAUSES_MOST = 50;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final Commits.Owner owner;
    private final Timekeeper timekeeper;
    private final Set<Subscription> all = new LinkedHashSet<>();
    private final Map<Long, Subscription> byId = new HashMap<>();
    private @Nullable WatchStream stream;
    private Cancellable timer = () -> {};
    private boolean opening;
    private boolean over;
    private int failures;
    private long lastId;
    private long messagesSeen;
    private int silent;

    Watches(Commits.Owner owner, Timekeeper timekeeper) {
        this.owner = owner;
        this.timekeeper = timekeeper;
    }

    void add(Subscription subscription) {
        if (subscription.isOver()) {
            return;
        }
        if (all.size() >= MOST) {
            subscription.end(new UnavailableException("the session has " + MOST + " watches already"));
            return;
        }
        all.add(subscription);
        WatchStream running = stream;
        if (running != null) {
            create(running, subscription);
        } else {
            open();
        }
    }

    void remove(Subscription subscription) {
        if (!all.remove(subscription)) {
            return;
        }
        byId.remove(subscription.watchId);
        WatchStream running = stream;
        if (running == null) {
            return;
        }
        if (all.isEmpty()) {
            down(running);
        } else {
            running.send(WatchRequest.newBuilder()
                    .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(subscription.watchId))
                    .build());
        }
    }

    void end(BackendException why) {
        over = true;
        timer.cancel();
        List<Subscription> told = List.copyOf(all);
        all.clear();
        WatchStream running = stream;
        if (running != null) {
            down(running);
        }
        told.forEach(subscription -> subscription.end(why));
    }

    /** There is another way to the servers. */
    void moved() {
        WatchStream running = stream;
        if (running != null) {
            down(running);
        }
        failures = 0;
        open();
    }

    /** The session is in contact: so must the stream be. */
    void pulse() {
        WatchStream running = stream;
        if (running == null) {
            open();
            return;
        }
        silent = running.messages() == messagesSeen ? silent + 1 : 0;
        messagesSeen = running.messages();
        if (silent > SILENT_MOST) {
            down(running);
            owner.rpc().endpoints().suspect(running.endpoint());
            open();
        } else {
            running.send(WatchRequest.newBuilder()
                    .setProgressRequest(WatchProgressRequest.getDefaultInstance())
                    .build());
        }
    }

    // ---- the stream

    private void open() {
        if (over || all.isEmpty() || stream != null || opening) {
            return;
        }
        timer.cancel();
        opening = true;
        owner.rpc().login().whenIn(owner.housekeepingDeadline(), owner.drain(), trouble -> {
            opening = false;
            if (over || stream != null || all.isEmpty()) {
                return;
            }
            if (trouble != null) {
                openLater();
                return;
            }
            WatchStream next = new WatchStream(owner.rpc().endpoints().current(), owner.drain(), this);
            stream = next;
            messagesSeen = 0;
            silent = 0;
            next.open(owner.rpc().login());
            List.copyOf(all).forEach(subscription -> create(next, subscription));
        });
    }

    private void create(WatchStream on, Subscription subscription) {
        byId.remove(subscription.watchId);
        long id = ++lastId;
        byId.put(id, subscription);
        on.send(subscription.request(owner.keys(), id));
    }

    private void down(WatchStream running) {
        running.close();
        byId.clear();
        stream = null;
    }

    private void openLater() {
        if (over) {
            return;
        }
        failures++;
        timer.cancel();
        timer = timekeeper.schedule(
                () -> owner.drain().execute(this::open), PAUSE.multipliedBy(Math.min(failures, PAUSES_MOST)));
    }

    @Override
    public void onDown(WatchStream from, Trouble trouble) {
        if (from != stream) {
            return;
        }
        down(from);
        switch (trouble.kind()) {
            case TOO_LARGE -> all.forEach(Subscription::onCompacted); // a batch that cannot be taken: read again
            case LOGGED_OUT -> owner.rpc().login().renew();
            case DENIED -> {
                List<Subscription> refused = List.copyOf(all);
                all.clear();
                refused.forEach(subscription -> subscription.end(trouble.toException()));
            }
            default -> {
                if (failures > 0) {
                    owner.rpc().endpoints().suspect(from.endpoint());
                }
            }
        }
        openLater();
    }

    @Override
    public void onMessage(WatchStream from, WatchResponse message) {
        if (from != stream) {
            return;
        }
        Subscription subscription = byId.get(message.getWatchId());
        if (subscription == null) {
            return; // progress, or a watch that was cancelled
        }
        if (message.getCanceled()) {
            cancelled(from, subscription, message);
        } else if (message.getCreated()) {
            failures = 0;
            if (subscription.onCreated(message.getHeader().getRevision())) {
                created(subscription);
            }
        } else {
            tell(subscription, message);
        }
    }

    private void tell(Subscription subscription, WatchResponse message) {
        long last = 0;
        for (Event event : message.getEventsList()) {
            subscription.onEvent(event, owner.keys());
            last = Math.max(last, event.getKv().getModRevision());
        }
        if (last > 0) {
            subscription.told(last);
        }
    }

    private void cancelled(WatchStream from, Subscription subscription, WatchResponse message) {
        byId.remove(message.getWatchId());
        String reason = message.getCancelReason();
        if (message.getCompactRevision() > 0) {
            subscription.onCompacted();
            create(from, subscription);
        } else if (reason.contains("permission denied")) {
            all.remove(subscription);
            subscription.end(new AccessDeniedException("etcd: " + reason));
        } else {
            down(from);
            if (reason.contains("token")) {
                owner.rpc().login().renew();
            } else {
                owner.rpc().endpoints().suspect(from.endpoint());
            }
            openLater();
        }
    }

    // ---- nodes that may be gone already

    private void created(Subscription subscription) {
        if (!subscription.isGone()) {
            subscription.activate();
            return;
        }
        TxnRequest look = TxnRequest.newBuilder()
                .addSuccess(TxnPlan.range(RangeRequest.newBuilder()
                        .setKey(owner.keys().of(subscription.spec.target().path()))
                        .setKeysOnly(true)
                        .build()))
                .build();
        owner.rpc().txn(look, owner.housekeepingDeadline(), owner.drain(), (answer, trouble) -> {
            if (subscription.isOver()) {
                return;
            }
            if (answer == null) {
                timekeeper.schedule(() -> owner.drain().execute(() -> lookAgain(subscription)), LOOK_AGAIN);
                return;
            }
            if (answer.getResponses(0).getResponseRange().getKvsCount() == 0) {
                subscription.onAbsent(answer.getHeader().getRevision());
            }
            subscription.activate();
        });
    }

    private void lookAgain(Subscription subscription) {
        if (!subscription.isOver()) {
            created(subscription);
        }
    }
}
