package io.conclave.backend.zookeeper;

import io.conclave.spi.Timekeeper;
import java.util.List;
import java.util.concurrent.Executor;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Asynchronous requests on one handle. Called from the session's drain only; every reply hops onto it. ZooKeeper keeps the order of one
 * session's requests, reads and writes mixed, and delivers replies and events in the order in which the server sent them.
 */
final class Link {
    /** Hears what a request came to. */
    interface Reply<T> {
        /** The value is there if the code is OK and the request has one; of a failed transaction the results tell where it failed. */
        void on(Code code, @Nullable T value);
    }

    /** Hears of every reply before its requester does. */
    interface Monitor {
        /** A reply came; writes that prove a quorum bring the moment of their sending. */
        void onReply(boolean provesQuorum, long sentNanos);

        /** A write goes out. */
        void onWriteSent(long sentNanos);

        /** A request's answer is lost with its connection. */
        void onLost(Code code);
    }

    /** Data and what the server says of it. */
    static final class Content {
        private final byte[] data;
        private final Stat stat;

        Content(byte[] data, Stat stat) {
            this.data = data;
            this.stat = stat;
        }

        /** Not to be changed. */
        byte[] data() {
            return data;
        }

        Stat stat() {
            return stat;
        }
    }

    private final Handle handle;
    private final Executor drain;
    private final Timekeeper timekeeper;
    private final Monitor monitor;
    private final Watcher events;
    private final List<ACL> acl;
    private final String beatPath;

    Link(
            Handle handle,
            Executor drain,
            Timekeeper timekeeper,
            Monitor monitor,
            Watcher events,
            List<ACL> acl,
            String beatPath) {
        this.handle = handle;
        this.drain = drain;
        this.timekeeper = timekeeper;
        this.monitor = monitor;
        this.events = events;
        this.acl = acl;
        this.beatPath = beatPath;
    }

    /** The access list of everything that is made here. */
    List<ACL> acl() {
        return acl;
    }

    /** A write that changes nothing and still needs a quorum: the failed deletion is logged like any other transaction. */
    void beat(Reply<Void> reply) {
        long sent = writeSent();
        handle.delete(beatPath, -1, (rc, path, context) -> replied(rc, sent, true, null, reply), null);
    }

    void create(String path, byte[] data, CreateMode mode, Reply<String> reply) {
        long sent = writeSent();
        handle.create(path, data, acl, mode, (rc, asked, context, name) -> replied(rc, sent, true, name, reply), null);
    }

    void setData(String path, byte[] data, int version, Reply<Stat> reply) {
        long sent = writeSent();
        handle.setData(path, data, version, (rc, asked, context, stat) -> replied(rc, sent, true, stat, reply), null);
    }

    void delete(String path, Reply<Void> reply) {
        long sent = writeSent();
        handle.delete(path, -1, (rc, asked, context) -> replied(rc, sent, true, null, reply), null);
    }

    void multi(List<Op> operations, Reply<List<OpResult>> reply) {
        long sent = writeSent();
        handle.multi(operations, (rc, asked, context, results) -> replied(rc, sent, true, results, reply), null);
    }

    void exists(String path, Reply<Stat> reply) {
        long sent = timekeeper.nanoTime();
        handle.exists(path, false, (rc, asked, context, stat) -> replied(rc, sent, false, stat, reply), null);
    }

    /** Reads a node, and leaves a one-shot watch on it if it exists. */
    void getData(String path, boolean watched, Reply<Content> reply) {
        long sent = timekeeper.nanoTime();
        handle.getData(
                path,
                watched ? events : null,
                (rc, asked, context, data, stat) -> replied(
                        rc,
                        sent,
                        false,
                        stat == null ? null : new Content(data == null ? NodeData.NONE : data, stat),
                        reply),
                null);
    }

    void getChildren(String path, Reply<List<String>> reply) {
        long sent = timekeeper.nanoTime();
        handle.getChildren(path, false, (rc, asked, context, names) -> replied(rc, sent, false, names, reply), null);
    }

    void addWatch(String path, AddWatchMode mode, Reply<Void> reply) {
        long sent = timekeeper.nanoTime();
        handle.addWatch(path, events, mode, (rc, asked, context) -> replied(rc, sent, false, null, reply), null);
    }

    /** Removes all watches of this session on the path, one-shot ones too; without contact in the client, which else sets them again. */
    void removeWatches(String path, Reply<Void> reply) {
        long sent = timekeeper.nanoTime();
        handle.removeAllWatches(
                path,
                Watcher.WatcherType.Any,
                true,
                (rc, asked, context) -> replied(rc, sent, false, null, reply),
                null);
    }

    private long writeSent() {
        long now = timekeeper.nanoTime();
        monitor.onWriteSent(now);
        return now;
    }

    private <T> void replied(int rc, long sent, boolean write, @Nullable T value, Reply<T> reply) {
        Code code = Errors.code(rc);
        EventThread.run(() -> drain.execute(() -> {
            if (Errors.isLost(code)) {
                monitor.onLost(code);
            } else {
                monitor.onReply(write && Errors.provesQuorum(code), sent);
            }
            reply.on(code, value);
        }));
    }
}
