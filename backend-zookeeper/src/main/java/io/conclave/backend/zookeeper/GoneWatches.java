package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Link.Content;
import io.conclave.spi.BackendException;
import io.conclave.spi.WatchSpec.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * Watches for the end of one node: one request each, a read that leaves a one-shot watch behind if the node is there, and nothing if it is
 * not. Told once. A change of data uses the one-shot up, so the node is read again; so it is after a reconnect.
 */
final class GoneWatches {
    private static final class Waiter {
        final Subscription subscription;
        boolean armed;
        boolean persistent;
        int retries;

        Waiter(Subscription subscription) {
            this.subscription = subscription;
        }
    }

    private final Link link;
    private final Layout layout;
    /** Whether a persistent watch tells of that path anyway; servers before 3.9 keep one kind of watch per path. */
    private final Predicate<String> covered;

    private final Map<String, List<Waiter>> waiters = new LinkedHashMap<>();

    private int size;

    GoneWatches(Link link, Layout layout, Predicate<String> covered) {
        this.link = link;
        this.layout = layout;
        this.covered = covered;
    }

    void add(Subscription subscription, boolean connected) {
        Waiter waiter = new Waiter(subscription);
        size++;
        waiters.computeIfAbsent(real(subscription), path -> new ArrayList<>()).add(waiter);
        if (connected) {
            arm(waiter);
        }
    }

    boolean remove(Subscription subscription) {
        String real = real(subscription);
        List<Waiter> here = waiters.get(real);
        if (here == null || !here.removeIf(waiter -> waiter.subscription == subscription)) {
            return false;
        }
        size--;
        if (here.isEmpty()) {
            waiters.remove(real);
        }
        return true;
    }

    int size() {
        return size;
    }

    boolean watches(String real) {
        return waiters.containsKey(real);
    }

    void resume() {
        for (List<Waiter> here : List.copyOf(waiters.values())) {
            List.copyOf(here).forEach(this::arm);
        }
    }

    void end(BackendException why) {
        for (List<Waiter> here : List.copyOf(waiters.values())) {
            List.copyOf(here).forEach(waiter -> waiter.subscription.end(why));
        }
        waiters.clear();
    }

    void onEvent(EventType type, String real, long at) {
        for (Waiter waiter : List.copyOf(waiters.getOrDefault(real, List.of()))) {
            if (!waiter.armed) {
                continue; // its read is under way and will tell
            }
            if (type == EventType.NodeDeleted) {
                tell(waiter, at);
            } else if (type == EventType.NodeDataChanged
                    || type == EventType.DataWatchRemoved
                    || type == EventType.PersistentWatchRemoved) {
                if (waiter.persistent) {
                    waiter.subscription.resync(at);
                }
                arm(waiter);
            }
        }
    }

    private void tell(Waiter waiter, long at) {
        remove(waiter.subscription);
        waiter.subscription.activate();
        waiter.subscription.change(
                Kind.DELETED, waiter.subscription.spec().target().path(), at);
    }

    private void arm(Waiter waiter) {
        String real = real(waiter.subscription);
        waiter.armed = false;
        link.getData(real, !covered.test(real), (code, content) -> {
            if (!waiter.subscription.isOver()) {
                armed(waiter, code, content);
            }
        });
    }

    private void armed(Waiter waiter, Code code, @Nullable Content content) {
        Subscription subscription = waiter.subscription;
        if (code == Code.NONODE) {
            tell(waiter, 0);
        } else if (code == Code.OK && content != null) {
            Fact.Kind kind = Fact.kind(content.stat(), content.data());
            if (kind != Fact.Kind.EXPLICIT && kind != Fact.Kind.EPHEMERAL) {
                tell(waiter, content.stat().getMzxid());
                return;
            }
            boolean first = !subscription.isActive();
            waiter.armed = true;
            waiter.persistent = kind == Fact.Kind.EXPLICIT;
            subscription.activate();
            long after = subscription.spec().afterRevision();
            long last = waiter.persistent
                    ? content.stat().getMzxid()
                    : content.stat().getCzxid();
            if (first && after != 0 && last > after) {
                subscription.resync(last);
            }
        } else if (Errors.endsContact(code)) {
            waiter.retries = 0;
        } else if (Errors.isLost(code) && waiter.retries++ < Watches.RETRIES_MAX) {
            arm(waiter);
        } else {
            remove(subscription);
            subscription.end(Errors.definite(
                    code, "a watch of " + subscription.spec().target().path()));
        }
    }

    private String real(Subscription subscription) {
        return layout.real(subscription.spec().target().path());
    }
}
