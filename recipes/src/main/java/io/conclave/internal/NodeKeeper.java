package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.Write;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an ephemeral node in place: makes it on each session, and again when somebody deletes it; puts data that has changed; waits while another's node has its path. Stands on a
 * {@link TreeMirror} that follows the path: its owner hands on what the mirror tells. On the mirror's drain.
 *
 * <p>One write is under way at a time. Each ends by itself, by the store's answer or with the session, and what to do next is decided anew from what the mirror shows. A node that an
 * earlier session of ours has left behind goes when the store ends that session; until then we wait for it as for anybody's, so there are never two.
 */
public final class NodeKeeper {
    private static final long NEVER = Long.MAX_VALUE / 2;
    private static final int FORMER_MAX = 32;

    /** Hears what becomes of the node, on the drain: quick, and no user code. */
    public interface Listener {
        /** It stands, made by the present session. */
        void onPresent(Node node);

        /** It stands no more: somebody deleted it, or the session has ended. It is made again. */
        void onAbsent();

        /** Another session's node, or one that no session owns, has the path. The node is made when that one is gone. */
        void onOccupied(Node other);

        /** The store refuses it for a reason that may not pass; it is tried again, ever more rarely. */
        void onRefused(Throwable why);
    }

    private enum Shown {
        NOTHING,
        PRESENT,
        OCCUPIED,
        REFUSED
    }

    private final ConclaveCore core;
    private final SerialDrain drain;
    private final NodePath path;
    private final Listener listener;
    private final List<CompletableFuture<Void>> puts = new ArrayList<>();
    private final Deque<String> former = new ArrayDeque<>();
    private final CompletableFuture<Void> left = new CompletableFuture<>();
    private Payload wanted;
    private Payload written = Payload.empty();
    private @Nullable Session session;
    private @Nullable OpId creating;
    private Optional<Node> seen = Optional.empty();
    private Shown shown = Shown.NOTHING;
    private String occupant = "";
    private boolean writing;
    private boolean seenSince;
    private boolean leaving;
    private int refusals;
    private boolean pausing;

    /** Keeps a node at that path; nothing is sent before {@link #prepare}. */
    public NodeKeeper(Conclave conclave, SerialDrain drain, NodePath path, Payload data, Listener listener) {
        this.core = ConclaveCore.of(conclave);
        this.drain = drain;
        this.path = path;
        this.wanted = data;
        this.listener = listener;
    }

    /** Makes the node on a new session. Completes with true if the store has answered. */
    public CompletableFuture<Boolean> prepare(Session next) {
        session = next;
        pausing = false;
        seen = Optional.empty();
        CompletableFuture<Boolean> answered = new CompletableFuture<>();
        if (leaving) {
            answered.complete(false);
        } else {
            create(next, answered);
        }
        return answered;
    }

    /** What stands at the path, as the mirror has it after a load or a change. */
    public void onSeen(Optional<Node> node) {
        seen = node;
        seenSince = true;
        decide();
    }

    /** The session has ended, and the node with it. */
    public void onSessionOver() {
        Session over = session;
        if (over != null) {
            former.addLast(over.id());
            if (former.size() > FORMER_MAX) {
                former.removeFirst();
            }
        }
        session = null;
        creating = null;
        writing = false;
        seen = Optional.empty();
        if (leaving) {
            left.complete(null);
        } else if (shown == Shown.PRESENT) {
            shown = Shown.NOTHING;
            listener.onAbsent();
        }
    }

    /** Gives the node other data, as soon as may be. Completes when the node stands with this data, or with newer. */
    public void put(Payload data, CompletableFuture<Void> done) {
        if (leaving) {
            done.completeExceptionally(new IllegalStateException("the node " + path + " is kept no more"));
            return;
        }
        wanted = data;
        puts.add(done);
        if (shown == Shown.PRESENT && !writing && written.equals(wanted)) {
            settlePuts();
        } else {
            decide();
        }
    }

    /** Keeps the node no more: removes it, and what is on its way can never make it. Completes when that is certain, or with the session. */
    public CompletableFuture<Void> leave() {
        if (!leaving) {
            leaving = true;
            puts.forEach(put -> put.completeExceptionally(
                    new IllegalStateException("the node " + path + " was given up before its data was put")));
            puts.clear();
            Session on = session;
            if (on == null) {
                left.complete(null);
            } else {
                retract(on);
            }
        }
        return left;
    }

    // ---- what to do next

    private void decide() {
        Session on = session;
        if (on == null || writing || leaving || pausing || on.state().isFinal()) {
            return;
        }
        Node node = seen.orElse(null);
        if (node == null) {
            lost();
            create(on, new CompletableFuture<>());
        } else if (!node.owner().equals(on.id())) {
            lost();
            occupied(node);
        } else {
            written = node.data();
            if (!written.equals(wanted)) {
                put(on, node);
            } else {
                present(node);
            }
        }
    }

    private void lost() {
        if (shown == Shown.PRESENT) {
            shown = Shown.NOTHING;
            listener.onAbsent();
        }
    }

    private void occupied(Node other) {
        if (former.contains(other.owner()) || (shown == Shown.OCCUPIED && occupant.equals(other.owner()))) {
            return;
        }
        shown = Shown.OCCUPIED;
        occupant = other.owner();
        listener.onOccupied(other);
    }

    private void present(Node node) {
        settlePuts();
        refusals = 0;
        if (shown != Shown.PRESENT) {
            shown = Shown.PRESENT;
            listener.onPresent(node);
        }
    }

    private void settlePuts() {
        List<CompletableFuture<Void>> done = List.copyOf(puts);
        puts.clear();
        done.forEach(put -> put.complete(null));
    }

    // ---- writes

    private void create(Session on, CompletableFuture<Boolean> answered) {
        Write create = Write.create(path, wanted, CreateMode.EPHEMERAL);
        creating = write(on, null, create, answered);
    }

    private void put(Session on, Node node) {
        write(on, exactly(node), Write.put(path, wanted), new CompletableFuture<>());
    }

    /** The guard that it is this node and no later one of its name; where the store cannot tell them apart, its version. */
    private Guard exactly(Node node) {
        boolean exact = core.capabilities().createdRevisionGuard() == Capabilities.CreatedRevisionGuard.ALL;
        return exact && node.createdRevision().isPresent()
                ? Guard.present(path, node.createdRevision().getAsLong())
                : Guard.versionIs(path, node.version());
    }

    /** Whatever it comes to, the mirror shows it: what was seen before it was answered may be older, and then another decision follows. */
    private OpId write(Session on, @Nullable Guard guard, Write what, CompletableFuture<Boolean> answered) {
        writing = true;
        seenSince = false;
        OpId opId = on.newOpId();
        Commit.Builder commit = Commit.builder(opId, core.timekeeper().nanoTime() + NEVER);
        if (guard != null) {
            commit.guard(guard);
        }
        CompletableFuture<CommitResult> answer =
                core.calls().commit(on, commit.write(what).build());
        Calls.whenDone(answer, drain, (result, failure) -> {
            answered.complete(result != null);
            if (on != session) {
                return;
            }
            writing = false;
            creating = null;
            if (failure != null && !on.state().isFinal() && !leaving) {
                refused(on, failure);
            } else if (seenSince) {
                decide();
            }
        });
        return opId;
    }

    /** After a refusal that may not pass the node is tried again, but not at once: nothing here spins. */
    private void refused(Session on, Throwable why) {
        refusals++;
        pausing = true;
        if (shown != Shown.REFUSED) {
            shown = Shown.REFUSED;
            listener.onRefused(why);
        }
        core.timekeeper()
                .schedule(
                        () -> drain.execute(() -> {
                            if (on == session) {
                                pausing = false;
                                decide();
                            }
                        }),
                        RetryPolicy.pauseAfterRefusal(refusals));
    }

    // ---- the end

    private void retract(Session on) {
        OpId pending = creating;
        if (pending != null) {
            Calls.whenDone(core.calls().withdraw(on, pending), drain, (how, failure) -> removeIfOwn(on));
        } else {
            removeIfOwn(on);
        }
    }

    /** Looks once more, since what was seen may be old, and removes what is the session's own. */
    private void removeIfOwn(Session on) {
        Calls.whenDone(
                core.calls().readNode(on, path, core.timekeeper().nanoTime() + NEVER), drain, (found, failure) -> {
                    Node node = found == null ? null : found.orElse(null);
                    if (failure != null || node == null || !node.owner().equals(on.id())) {
                        left.complete(null);
                        return;
                    }
                    Commit delete = Commit.builder(
                                    on.newOpId(), core.timekeeper().nanoTime() + NEVER)
                            .guard(exactly(node))
                            .write(Write.delete(path))
                            .build();
                    Calls.whenDone(core.calls().commit(on, delete), drain, (result, refused) -> {
                        if (result instanceof CommitResult.Refused) {
                            removeIfOwn(on); // changed meanwhile, by a put of our own that was under way
                        } else {
                            left.complete(null);
                        }
                    });
                });
    }
}
