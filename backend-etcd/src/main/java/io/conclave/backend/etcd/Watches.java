package io.conclave.backend.etcd;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.WatchCancelRequest;
import io.etcd.jetcd.api.WatchProgressRequest;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The watches of one session, on one stream. Each {@link Feed} has its own cursor, so when the stream ends, for whatever reason, another one is
 * opened and every feed goes on where it was; what the server has compacted meanwhile is told as a resync. A stream that stays silent
 * although it was asked for its progress is given up. A directory's feed stays a while when nobody watches any more, since whoever waits for a
 * lock once waits again. On the session's drain.
 */
final class Watches implements WatchStream.Listener {
    private static final int MOST = 10_000;
    private static final int IDLE_MOST = 64;
    private static final Duration IDLE = Duration.ofSeconds(30);
    private static final int SILENT_MOST = 4;
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int PAUSES_MOST = 50;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);

    private final Commits.Owner owner;
    private final Timekeeper timekeeper;
    private final Map<Feed.Scope, Feed> feeds = new LinkedHashMap<>();
    private final Map<Long, Feed> byId = new HashMap<>();
    private @Nullable WatchStream stream;
    private Cancellable timer = () -> {};
    private boolean opening;
    private boolean over;
    private int count;
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
        if (count >= MOST) {
            subscription.end(new UnavailableException("the session has " + MOST + " watches already"));
            return;
        }
        count++;
        Feed.Scope scope = Feed.Scope.of(subscription, owner.keys());
        Feed feed = feeds.get(scope);
        if (feed == null) {
            feed = new Feed(scope);
            feeds.put(scope, feed);
            WatchStream running = stream;
            if (running != null) {
                create(running, feed);
            } else {
                open();
            }
        }
        feed.idleTimer.cancel();
        feed.members.add(subscription);
        if (feed.isSet()) {
            feed.welcome(subscription, owner.keys());
            ready(subscription);
        }
    }

    void remove(Subscription subscription) {
        Feed feed = feeds.get(Feed.Scope.of(subscription, owner.keys()));
        if (feed == null || !feed.members.remove(subscription)) {
            return;
        }
        count--;
        if (feed.members.isEmpty()) {
            if (feed.scope.isRange() && feed.isSet() && idle() <= IDLE_MOST) {
                endLater(feed);
            } else {
                end(feed);
            }
        }
    }

    private long idle() {
        return feeds.values().stream().filter(feed -> feed.members.isEmpty()).count();
    }

    private void endLater(Feed feed) {
        feed.idleTimer = timekeeper.schedule(
                () -> owner.drain().execute(() -> {
                    if (feed.members.isEmpty() && feeds.get(feed.scope) == feed) {
                        end(feed);
                    }
                }),
                IDLE);
    }

    private void end(Feed feed) {
        feeds.remove(feed.scope);
        byId.remove(feed.watchId);
        WatchStream running = stream;
        if (running == null) {
            return;
        }
        if (feeds.isEmpty()) {
            down(running);
        } else {
            running.send(WatchRequest.newBuilder()
                    .setCancelRequest(WatchCancelRequest.newBuilder().setWatchId(feed.watchId))
                    .build());
        }
    }

    /** The session is over. */
    void end(BackendException why) {
        over = true;
        timer.cancel();
        feeds.values().forEach(feed -> feed.idleTimer.cancel());
        List<Feed> all = List.copyOf(feeds.values());
        feeds.clear();
        WatchStream running = stream;
        if (running != null) {
            down(running);
        }
        all.forEach(feed -> List.copyOf(feed.members).forEach(member -> member.end(why)));
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
        if (over || feeds.isEmpty() || stream != null || opening) {
            return;
        }
        timer.cancel();
        opening = true;
        owner.rpc().login().whenIn(owner.housekeepingDeadline(), owner.drain(), trouble -> {
            opening = false;
            if (over || stream != null || feeds.isEmpty()) {
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
            try {
                next.open(owner.rpc().login());
            } catch (RuntimeException refused) { // a channel in its last moments
                down(next);
                openLater();
                return;
            }
            List.copyOf(feeds.values()).forEach(feed -> create(next, feed));
        });
    }

    private void create(WatchStream on, Feed feed) {
        byId.remove(feed.watchId);
        long id = ++lastId;
        byId.put(id, feed);
        on.send(feed.request(id));
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
            case TOO_LARGE -> feeds.values().forEach(Feed::onCompacted); // a batch that cannot be taken: read again
            case LOGGED_OUT -> owner.rpc().login().renew();
            case DENIED -> List.copyOf(feeds.values()).forEach(feed -> refuse(feed, trouble.toException()));
            default -> {
                if (failures > 0) {
                    owner.rpc().endpoints().suspect(from.endpoint());
                }
            }
        }
        openLater();
    }

    private void refuse(Feed feed, BackendException why) {
        feeds.remove(feed.scope);
        byId.remove(feed.watchId);
        count -= feed.members.size();
        List.copyOf(feed.members).forEach(member -> member.end(why));
    }

    @Override
    public void onMessage(WatchStream from, WatchResponse message) {
        Feed feed = byId.get(message.getWatchId());
        if (from != stream || feed == null) {
            return; // progress, or a watch that was cancelled
        }
        if (message.getCanceled()) {
            cancelled(from, feed, message);
        } else if (message.getCreated()) {
            failures = 0;
            long revision = message.getHeader().getRevision();
            if (feed.onCreated(revision)) {
                for (Subscription member : List.copyOf(feed.members)) {
                    feed.welcome(member, owner.keys());
                    ready(member);
                }
            }
        } else {
            feed.onEvents(message.getEventsList(), owner.keys());
        }
    }

    private void cancelled(WatchStream from, Feed feed, WatchResponse message) {
        byId.remove(message.getWatchId());
        String reason = message.getCancelReason();
        if (message.getCompactRevision() > 0) {
            feed.onCompacted();
            create(from, feed);
        } else if (reason.contains("permission denied")) {
            refuse(feed, new AccessDeniedException("etcd: " + reason));
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

    /** The subscription misses nothing from now on. Whether its node is there at all has to be looked up if its end is what counts. */
    private void ready(Subscription subscription) {
        if (!subscription.isGone()) {
            subscription.activate();
            return;
        }
        TxnRequest look = TxnRequest.newBuilder()
                .addSuccess(TxnPlan.range(RangeRequest.newBuilder()
                        .setKey(owner.keys().of(subscription.spec().target().path()))
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
            long after = subscription.spec().afterRevision();
            boolean there = answer.getResponses(0).getResponseRange().getKvsList().stream()
                    .anyMatch(found ->
                            after == 0 || found.getCreateRevision() <= after); // else it went, and its name came again
            if (!there) {
                subscription.onAbsent(answer.getHeader().getRevision());
            }
            subscription.activate();
        });
    }

    private void lookAgain(Subscription subscription) {
        if (!subscription.isOver()) {
            ready(subscription);
        }
    }
}
