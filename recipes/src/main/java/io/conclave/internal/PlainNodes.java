package io.conclave.internal;

import io.conclave.NodeListener;
import io.conclave.Nodes;
import io.conclave.OutcomeUnknownException;
import io.conclave.Registration;
import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Plain reads and writes, and the one place where a blocking commit's outcome becomes a result or an exception. */
final class PlainNodes implements Nodes {
    private static final int UPSERT_TRIES_MAX = 100;
    private static final int PAGE = 1_000;
    /** Backends answer by the deadline (rule C10); this is for one that does not. */
    static final long GRACE_NANOS = 100_000_000;

    private final ConclaveCore core;

    PlainNodes(ConclaveCore core) {
        this.core = core;
    }

    /** A commit as a function of its parts. */
    @FunctionalInterface
    interface Committer {
        CommitResult commit(Consumer<Commit.Builder> parts) throws InterruptedException;
    }

    @Override
    public Optional<Node> get(String path) throws InterruptedException {
        return ((View.OfNode) readOne("get", Query.get(requirePath(path)))).node();
    }

    @Override
    public List<String> children(String directory) throws InterruptedException {
        View view = readOne("children", Query.children(ConclaveCore.requireUserDirectory(directory)));
        return ((View.OfNodes) view).nodes().stream().map(Node::name).toList();
    }

    @Override
    public List<Node> subtree(String directory, int limit) throws InterruptedException {
        NodePath top = ConclaveCore.requireUserDirectory(directory);
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + " is below 1");
        }
        List<Node> found = new ArrayList<>();
        NodePath after = null;
        boolean more = true;
        while (more && found.size() < limit) {
            Query page = new Query.Subtree(top, Math.min(PAGE, limit - found.size()), after);
            View.OfNodes view = (View.OfNodes) readOne("subtree", page);
            found.addAll(view.nodes());
            more = view.more() && !view.nodes().isEmpty();
            after = found.isEmpty() ? null : found.get(found.size() - 1).path();
        }
        return List.copyOf(found);
    }

    @Override
    public Node create(String path, byte[] data, CreateMode mode) throws InterruptedException {
        Write create = Write.create(requirePath(path), Payload.of(data), mode);
        if (commit(parts -> parts.write(create)) instanceof CommitResult.Applied applied) {
            return applied.created().get(0);
        }
        throw new IllegalStateException("node " + path + " exists");
    }

    @Override
    public void set(String path, byte[] data) throws InterruptedException {
        upsert(this::commit, path, data);
    }

    /** Puts or creates, whichever the node's state wants, in one or two commits. */
    void upsert(Committer committer, String path, byte[] data) throws InterruptedException {
        NodePath node = requirePath(path);
        Payload payload = Payload.of(data);
        for (int i = 0; i < UPSERT_TRIES_MAX; i++) {
            Write write = i % 2 == 0 ? Write.put(node, payload) : Write.create(node, payload, CreateMode.PERSISTENT);
            if (committer.commit(parts -> parts.write(write)) instanceof CommitResult.Applied) {
                return;
            }
        }
        throw new UnavailableException(
                "node " + path + " was made and removed by others " + UPSERT_TRIES_MAX + " times in between");
    }

    @Override
    public boolean compareAndSet(String path, long version, byte[] data) throws InterruptedException {
        NodePath node = requirePath(path);
        Write put = Write.put(node, Payload.of(data));
        return commit(parts -> parts.guard(Guard.versionIs(node, version)).write(put)) instanceof CommitResult.Applied;
    }

    @Override
    public boolean delete(String path) throws InterruptedException {
        Write delete = Write.delete(requirePath(path));
        return commit(parts -> parts.write(delete)) instanceof CommitResult.Applied;
    }

    @Override
    public CommitResult commit(Consumer<Commit.Builder> parts) throws InterruptedException {
        return commitAnywhere(ConclaveCore.requireUserParts(parts));
    }

    /** Like {@link #commit}, for the library itself: reserved paths too. */
    CommitResult commitAnywhere(Consumer<Commit.Builder> parts) throws InterruptedException {
        return commitOn(null, parts, () -> new IllegalStateException("the session is over"));
    }

    /**
     * Applies a commit on the given session, or on the present one, and on the next if the session ended before anything was sent. Whatever ends the wait, the operation
     * is settled in the background.
     */
    CommitResult commitOn(@Nullable Session only, Consumer<Commit.Builder> parts, Supplier<RuntimeException> lost)
            throws InterruptedException {
        Callbacks.refuseInside("a commit");
        long deadline = core.callDeadline();
        Session session = only != null ? only : session(deadline);
        while (true) {
            OpId opId = session.newOpId();
            Commit.Builder builder = Commit.builder(opId, deadline);
            parts.accept(builder);
            CompletableFuture<CommitResult> answer = core.calls().commit(session, builder.build());
            boolean open = true;
            try {
                CommitResult result = Waits.get(core.timekeeper(), answer, deadline + GRACE_NANOS);
                open = false;
                return result;
            } catch (IndeterminateException | TimeoutException unknown) {
                throw new OutcomeUnknownException(
                        "no answer within the call time-out: the commit may have been applied, once", unknown);
            } catch (SessionLostException over) {
                open = false;
                if (over.applied() == Applied.UNKNOWN) {
                    throw new OutcomeUnknownException(
                            "the session ended before the answer came: the commit may have been applied, once", over);
                }
                if (only != null) {
                    throw lost.get();
                }
                session = await(core.keeper().sessionAfter(session), deadline);
            } catch (BackendException known) {
                open = false;
                throw known;
            } finally {
                if (open) {
                    Calls.inBackground(core.calls().withdraw(session, opId), "withdrawing a commit");
                }
            }
        }
    }

    private View readOne(String verb, Query query) throws InterruptedException {
        return read(verb, query, ReadLevel.LINEARIZABLE);
    }

    /** One read, on the present session or the next. */
    View read(String verb, Query query, ReadLevel level) throws InterruptedException {
        return readAll(verb, List.of(query), level).get(0);
    }

    /** Several queries in one read. */
    List<View> readAll(String verb, List<Query> queries, ReadLevel level) throws InterruptedException {
        Callbacks.refuseInside(verb);
        long deadline = core.callDeadline();
        Session session = session(deadline);
        while (true) {
            try {
                CompletableFuture<List<View>> answer = core.calls().read(session, queries, level, deadline);
                return Waits.get(core.timekeeper(), answer, deadline + GRACE_NANOS);
            } catch (TimeoutException late) {
                throw new UnavailableException("no answer within the call time-out", late);
            } catch (SessionLostException over) {
                session = await(core.keeper().sessionAfter(session), deadline);
            }
        }
    }

    private Session session(long deadline) throws InterruptedException {
        return await(core.keeper().session(), deadline);
    }

    private Session await(CompletableFuture<Session> session, long deadline) throws InterruptedException {
        try {
            return Waits.get(core.timekeeper(), session, deadline);
        } catch (TimeoutException late) {
            throw new UnavailableException("no session with the store within the call time-out", late);
        }
    }

    @Override
    public Registration watch(String path, NodeListener listener) {
        return new NodeWatch(
                        core, ConclaveCore.requireUserDirectory(path), Objects.requireNonNull(listener, "listener"))
                .start();
    }

    private static NodePath requirePath(String path) {
        return ConclaveCore.requireUserPath(path);
    }
}
