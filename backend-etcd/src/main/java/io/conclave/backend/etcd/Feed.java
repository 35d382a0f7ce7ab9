package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.conclave.spi.Cancellable;
import io.conclave.spi.WatchSpec;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One watch at the server, shared by all who watch the same keys. It begins with the present: a watch that begins in the past is served only with the
 * next round of the server, up to 100 ms later. The latest events are kept for those who join later and want to know what was since some
 * revision; to whom that is not enough, "read again" is told. On the session's drain.
 */
final class Feed {
    /**
     * Which keys.
     *
     * @param from the key, or the first one
     * @param end the first one after the range; empty for one key
     * @param deletionsOnly whether nothing else is told
     */
    record Scope(ByteString from, ByteString end, boolean deletionsOnly) {
        static Scope of(Subscription subscription, Keys keys) {
            WatchSpec spec = subscription.spec();
            if (spec.target() instanceof WatchSpec.OfNode) {
                return new Scope(keys.of(spec.target().path()), ByteString.EMPTY, subscription.isGone());
            }
            ByteString prefix = keys.below(spec.target().path());
            return new Scope(prefix, Keys.end(prefix), false);
        }

        boolean isRange() {
            return !end.isEmpty();
        }
    }

    private static final int KEPT_MOST = 256;

    /** jetcd's copy of the protocol is older than ids that the client gives. */
    private static final int FIELD_WATCH_ID = 7;

    final Scope scope;
    final Set<Subscription> members = new LinkedHashSet<>();
    private final Deque<Event> kept = new ArrayDeque<>();
    /** All events after this revision, up to the cursor, are kept. */
    private long keptAfter;
    /** From which revision on to watch; 0 = from now. */
    private long cursor;

    private boolean resyncDue;
    private boolean set;
    /** The id on the stream that is open. */
    long watchId;
    /** Ends a feed that nobody uses. */
    Cancellable idleTimer = () -> {};

    Feed(Scope scope) {
        this.scope = scope;
    }

    WatchRequest request(long id) {
        watchId = id;
        WatchCreateRequest.Builder create = WatchCreateRequest.newBuilder()
                .setStartRevision(cursor)
                .setKey(scope.from())
                .setRangeEnd(scope.end())
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                FIELD_WATCH_ID,
                                UnknownFieldSet.Field.newBuilder().addVarint(id).build())
                        .build());
        if (scope.deletionsOnly()) {
            create.addFilters(WatchCreateRequest.FilterType.NOPUT);
        }
        return WatchRequest.newBuilder().setCreateRequest(create).build();
    }

    /** True once it was set for the first time: from then on it misses nothing. */
    boolean isSet() {
        return set;
    }

    /** Brings somebody who joins up to date, as far as is known here. */
    void welcome(Subscription subscription, Keys keys) {
        long after = subscription.spec().afterRevision();
        if (after == 0 || subscription.isGone()) {
            return;
        }
        if (after >= keptAfter) {
            for (Event event : List.copyOf(kept)) {
                tell(subscription, event, keys);
            }
        } else {
            subscription.resync(cursor - 1);
        }
    }

    /** The server has set it. True if that is the first time. */
    boolean onCreated(long revision) {
        if (cursor == 0) {
            cursor = revision + 1;
            keptAfter = revision;
            kept.clear();
        }
        if (resyncDue) {
            resyncDue = false;
            List.copyOf(members).forEach(member -> member.resync(revision));
        }
        boolean first = !set;
        set = true;
        return first;
    }

    /** The history after the cursor is gone. */
    void onCompacted() {
        cursor = 0;
        resyncDue = true;
    }

    void onEvents(List<Event> events, Keys keys) {
        long last = 0;
        for (Event event : events) {
            long revision = event.getKv().getModRevision();
            if (revision < cursor) {
                continue; // told already: old servers repeat themselves
            }
            last = Math.max(last, revision);
            keep(event);
            for (Subscription member : List.copyOf(members)) {
                tell(member, event, keys);
            }
        }
        cursor = Math.max(cursor, last + 1);
    }

    private void keep(Event event) {
        if (!scope.isRange()) {
            keptAfter = event.getKv().getModRevision();
            return;
        }
        kept.add(withoutData(event));
        if (kept.size() > KEPT_MOST) {
            keptAfter = kept.remove().getKv().getModRevision();
        }
    }

    private static Event withoutData(Event event) {
        return event.getKv().getValue().isEmpty()
                ? event
                : event.toBuilder()
                        .setKv(event.getKv().toBuilder().clearValue())
                        .build();
    }

    private static void tell(Subscription member, Event event, Keys keys) {
        keys.path(event.getKv().getKey()).ifPresent(path -> member.onEvent(event, path));
    }
}
