package io.conclave.backend.zookeeper;

import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.jspecify.annotations.Nullable;

/**
 * The watches of one session, on the session's drain. At the server there is one persistent watch per path and mode, shared by all who
 * watch there; it goes when the last of them goes. {@link GoneWatches} are apart.
 *
 * <p>Events of a cut are lost, so after each reconnect everybody hears {@code onResync}. An implicit directory and a node are the same to
 * ZooKeeper: a change of data may be a put, or a deletion that leaves the directory, or a creation over one. It is told as a put at once, so
 * that no reply overtakes it; a look at the node, and what earlier looks have found there, then tell which it was. What stays
 * unclear is told as a resync.
 */
final class Watches implements Looks.Listener {
    /** How often one watch is asked for again on one and the same connection. */
    static final int RETRIES_MAX = 10;

    private static final int MOST = 10_000;

    /** All who share one persistent watch. */
    private static final class Group {
        final String real;
        final AddWatchMode mode;
        final List<Subscription> members = new ArrayList<>();
        boolean set;
        int retries;

        Group(String real, AddWatchMode mode) {
            this.real = real;
            this.mode = mode;
        }
    }

    private final Link link;
    private final Layout layout;
    private final GoneWatches gone;
    private final Map<String, Group> plain = new LinkedHashMap<>();
    private final Map<String, Group> recursive = new LinkedHashMap<>();
    private final Looks looks;
    private long revision;
    private int count;

    Watches(Link link, Layout layout) {
        this.link = link;
        this.layout = layout;
        this.looks = new Looks(link, layout, this);
        this.gone = new GoneWatches(link, layout, this::isCovered);
    }

    void add(Subscription subscription, boolean connected) {
        if (subscription.isOver()) {
            return;
        }
        if (count + gone.size() >= MOST) {
            subscription.end(new UnavailableException("the session has " + MOST + " watches already"));
            return;
        }
        if (subscription.isGone()) {
            gone.add(subscription, connected);
            return;
        }
        count++;
        Group group =
                groups(subscription).computeIfAbsent(real(subscription), path -> new Group(path, mode(subscription)));
        group.members.add(subscription);
        if (group.set) {
            activate(subscription);
        } else if (connected && group.members.size() == 1) {
            set(group);
        }
    }

    void remove(Subscription subscription) {
        String real = real(subscription);
        boolean removed = subscription.isGone() ? gone.remove(subscription) : leave(subscription, real);
        if (removed && !plain.containsKey(real) && !recursive.containsKey(real) && !gone.watches(real)) {
            link.removeWatches(real, (code, none) -> {});
        }
    }

    private boolean leave(Subscription subscription, String real) {
        Group group = groups(subscription).get(real);
        if (group == null || !group.members.remove(subscription)) {
            return false;
        }
        count--;
        if (group.members.isEmpty()) {
            groups(subscription).remove(real);
        }
        return true;
    }

    /** Connected again: the client has set again what was set. */
    void resume(long lastZxid) {
        revision = Math.max(revision, lastZxid);
        looks.forgetAll();
        for (Group group : groups()) {
            if (!group.set) {
                set(group);
            } else {
                for (Subscription member : List.copyOf(group.members)) {
                    member.resync(revision);
                }
            }
        }
        gone.resume();
    }

    void end(BackendException why) {
        for (Group group : groups()) {
            List.copyOf(group.members).forEach(member -> member.end(why));
        }
        plain.clear();
        recursive.clear();
        gone.end(why);
    }

    void onEvent(WatchedEvent event) {
        String real = event.getPath();
        if (real == null) {
            return;
        }
        revision = Math.max(revision, event.getZxid());
        long at = Math.max(0, event.getZxid());
        if (event.getType() == EventType.NodeDeleted) {
            looks.forget(real);
        }
        gone.onEvent(event.getType(), real, at);
        NodePath path = layout.local(real).orElse(null);
        if (path == null) {
            return;
        }
        Group group = plain.get(real);
        if (group != null) {
            tellPlain(group, event.getType(), path, at);
        }
        tellAbove(event.getType(), real, path, at);
    }

    // ---- persistent watches

    private void set(Group group) {
        link.addWatch(group.real, group.mode, (code, none) -> {
            if (code == Code.OK) {
                group.set = true;
                List.copyOf(group.members).forEach(this::activate);
            } else if (Errors.endsContact(code)) {
                group.retries = 0;
            } else if (Errors.isLost(code) && group.retries++ < RETRIES_MAX) {
                if (groups(group.mode).get(group.real) == group) {
                    set(group);
                }
            } else {
                groups(group.mode).remove(group.real, group);
                count -= group.members.size();
                BackendException why = Errors.definite(code, "a watch of " + group.real);
                List.copyOf(group.members).forEach(member -> member.end(why));
            }
        });
    }

    private void activate(Subscription subscription) {
        subscription.activate();
        if (subscription.spec().afterRevision() != 0) {
            subscription.resync(Math.max(revision, subscription.spec().afterRevision()));
        }
    }

    private void tellPlain(Group group, EventType type, NodePath path, long at) {
        for (Subscription member : List.copyOf(group.members)) {
            if (member.spec().target() instanceof WatchSpec.ChildrenOf) {
                if (type == EventType.NodeChildrenChanged && member.wants(Kind.CHILDREN)) {
                    member.change(Kind.CHILDREN, path, at);
                }
            } else {
                tellNode(member, type, path, at);
            }
        }
    }

    private void tellNode(Subscription member, EventType type, NodePath path, long at) {
        if (member.wants(Kind.TOUCHED)) {
            if (type != EventType.NodeChildrenChanged) {
                member.change(Kind.TOUCHED, path, at);
            }
            return;
        }
        switch (type) {
            case NodeCreated -> {
                tellIfWanted(member, Kind.CREATED, path, at);
                if (member.wants(Kind.CREATED) && member.wants(Kind.CHANGED)) {
                    looks.look(path, false);
                }
            }
            case NodeDeleted -> tellIfWanted(member, Kind.DELETED, path, at);
            case NodeDataChanged -> {
                if (!member.wants(Kind.CHANGED)) {
                    member.resync(at);
                } else {
                    member.change(Kind.CHANGED, path, at);
                    if (member.wants(Kind.DELETED) || member.wants(Kind.CREATED)) {
                        looks.look(path, true);
                    }
                }
            }
            default -> {}
        }
    }

    private static void tellIfWanted(Subscription member, Kind kind, NodePath path, long at) {
        if (member.wants(kind)) {
            member.change(kind, path, at);
        }
    }

    /** Those who watch the subtrees above; and, where a server keeps one mode per path, the children of the directory above. */
    private void tellAbove(EventType type, String real, NodePath path, long at) {
        if (recursive.isEmpty() || path.isRoot()) {
            return;
        }
        boolean hidden = layout.isHidden(path);
        for (NodePath above = path.parent(); ; above = above.parent()) {
            Group group = recursive.get(layout.real(above));
            if (group != null) {
                for (Subscription member : List.copyOf(group.members)) {
                    if (!hidden || layout.isHidden(above)) {
                        tellNode(member, type, path, at);
                    }
                }
                tellChildren(type, real, path, above, at);
            }
            if (above.isRoot()) {
                return;
            }
        }
    }

    private void tellChildren(EventType type, String real, NodePath path, NodePath above, long at) {
        boolean childCame = type == EventType.NodeCreated || type == EventType.NodeDeleted;
        Group siblings = plain.get(layout.real(above));
        if (siblings != null && childCame && path.parent().equals(above) && !real.isEmpty()) {
            tellPlain(siblings, EventType.NodeChildrenChanged, above, at);
        }
    }

    // ---- what looks have found

    @Override
    public void foundNode(String real, NodePath path, @Nullable Boolean before, long at) {
        if (before == null) {
            tellLookers(real, path, member -> {
                if (member.wants(Kind.CREATED)) {
                    member.resync(at);
                }
            });
        } else if (!before) {
            tellLookers(real, path, member -> tellIfWanted(member, Kind.CREATED, path, at));
        }
    }

    @Override
    public void foundDirectory(String real, NodePath path, long at) {
        tellLookers(real, path, member -> tellIfWanted(member, Kind.DELETED, path, at));
    }

    private void tellLookers(String real, NodePath path, Consumer<Subscription> tell) {
        Group group = plain.get(real);
        if (group != null) {
            for (Subscription member : List.copyOf(group.members)) {
                if (!(member.spec().target() instanceof WatchSpec.ChildrenOf) && member.wants(Kind.CHANGED)) {
                    tell.accept(member);
                }
            }
        }
        for (NodePath above = path; !above.isRoot(); ) {
            above = above.parent();
            Group subtree = recursive.get(layout.real(above));
            if (subtree != null) {
                subtree.members.stream()
                        .filter(member -> member.wants(Kind.CHANGED))
                        .toList()
                        .forEach(tell);
            }
        }
    }

    // ---- parts

    /** True if a persistent watch tells of the node at that path. */
    private boolean isCovered(String real) {
        Group group = plain.get(real);
        Group subtree = recursive.get(real);
        return (group != null && group.set) || (subtree != null && subtree.set);
    }

    private String real(Subscription subscription) {
        return layout.real(subscription.spec().target().path());
    }

    private static AddWatchMode mode(Subscription subscription) {
        return subscription.spec().target() instanceof WatchSpec.SubtreeOf
                ? AddWatchMode.PERSISTENT_RECURSIVE
                : AddWatchMode.PERSISTENT;
    }

    private Map<String, Group> groups(Subscription subscription) {
        return groups(mode(subscription));
    }

    private Map<String, Group> groups(AddWatchMode mode) {
        return mode == AddWatchMode.PERSISTENT ? plain : recursive;
    }

    private List<Group> groups() {
        List<Group> all = new ArrayList<>(plain.values());
        all.addAll(recursive.values());
        return all;
    }
}
