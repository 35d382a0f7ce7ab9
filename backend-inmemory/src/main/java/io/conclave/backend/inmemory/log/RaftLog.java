package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.NodeManager;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.core.State;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.rpc.impl.BoltRpcServer;
import com.alipay.sofa.jraft.util.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A log that several members agree upon by Raft, in the implementation of SOFAJRaft. Nothing of the agreement itself is made here: this class bounds what is under way, tells failures apart, and looks after files, threads and listeners.
 */
public final class RaftLog implements ReplicatedLog {
    private static final Logger log = LoggerFactory.getLogger(RaftLog.class);

    private final LogSpec spec;
    private final Map<PeerId, Integer> ids;
    private final DataFolder folder;
    private final SegmentLog entries;
    private final VoteStorage votes;
    private final MemberThreads threads;
    private final EntryStorage storage;
    private final VotingRight right;
    private final PeerTraffic traffic;
    private final ApplyThread applyThread;
    private final Window window;
    private final NodeImpl node;
    private final BoltRpcServer server;
    private final Barriers barriers;
    /** What is under way, so that nothing is left without an answer when the log is closed. */
    private final Set<Submission> pending = ConcurrentHashMap.newKeySet();

    private final Object lock = new Object();

    /** Guarded by the lock. */
    private CompletableFuture<Void> transfer = CompletableFuture.completedFuture(null);

    /** Guarded by the lock. */
    private boolean closed;

    private final CountDownLatch stopped = new CountDownLatch(1);

    /**
     * Starts a member. It takes part as soon as this returns; the machine hears of everything on the apply thread, and may do so before this returns.
     *
     * @throws IOException if the data folder is in use, damaged or of another member, or the address cannot be listened at
     */
    public static RaftLog start(LogSpec spec, Machine machine) throws IOException {
        return start(spec, machine, Links.OPEN);
    }

    /** The same with links that tests can cut and slow. */
    public static RaftLog start(LogSpec spec, Machine machine, Links links) throws IOException {
        DataFolder folder = DataFolder.open(spec);
        MemberThreads threads = new MemberThreads(spec.memberId());
        try {
            return new RaftLog(spec, machine, links, folder, threads);
        } catch (IOException | RuntimeException failure) {
            threads.close();
            folder.close();
            throw failure;
        }
    }

    private RaftLog(LogSpec spec, Machine machine, Links links, DataFolder folder, MemberThreads threads)
            throws IOException {
        boolean sync = spec.durability() == Durability.FSYNC;
        this.spec = spec;
        this.folder = folder;
        this.threads = threads;
        this.ids = new HashMap<>();
        Map<Endpoint, Integer> endpoints = new HashMap<>();
        spec.members().forEach((id, address) -> {
            ids.put(Engine.peer(address), id);
            endpoints.put(Engine.peer(address).getEndpoint(), id);
        });
        this.window = new Window(spec.inFlightMax(), spec.inFlightBytesMax());
        this.entries = SegmentLog.open(folder.resolve(DataFolder.LOG), sync, spec.segmentBytes());
        this.storage = new EntryStorage(entries);
        this.right = VotingRight.open(spec, folder, entries::lastIndex);
        this.traffic = new PeerTraffic(spec.memberId(), endpoints, links, right::isVoter);
        this.votes = VoteStorage.open(folder.resolve(DataFolder.VOTE), sync, entries.lastIndex() > 0);
        this.applyThread = new ApplyThread(
                spec, machine, peer -> ids.getOrDefault(peer, 0), threads.snapshots, this::snapshotDue, this::led);
        BoltRpcServer listener = null;
        this.node = Engine.node(spec);
        try {
            listener = Engine.listen(
                    spec.ownAddress(),
                    threads.requests,
                    new LeaderRequests(threads.requests, this::ledBy),
                    new VoteRequests(threads.requests, right, peer -> ids.getOrDefault(peer, 0), votes::getTerm));
            init();
        } catch (IOException | RuntimeException failure) {
            if (listener != null) {
                listener.shutdown();
            }
            NodeManager.getInstance().removeAddress(node.getNodeId().getPeerId().getEndpoint());
            entries.close();
            throw failure;
        }
        this.server = listener;
        announce();
        this.barriers = new Barriers(
                node,
                applyThread::leadership,
                votes::getTerm,
                spec.electionTimeout().toMillis() * 2,
                spec.inFlightMax());
    }

    private void init() throws IOException {
        Engine.Storages storages = new Engine.Storages(storage, votes);
        boolean[] done = new boolean[1];
        MemberRpcFactory.runFor(
                traffic, () -> done[0] = node.init(Engine.options(spec, folder, applyThread, storages)));
        if (!done[0]) {
            node.shutdown();
            throw new IOException("member " + spec.memberId() + " could not start on " + spec.folder()
                    + "; the reason is in the log");
        }
    }

    private void announce() {
        if (!right.isVoter()) {
            new Announcements(
                            node,
                            others(),
                            right,
                            () -> new Announcements.Standing(
                                    votes.getTerm(), entries.lastIndex(), storage.termOf(entries.lastIndex())),
                            threads.requests,
                            spec.electionTimeout().toMillis() / 4)
                    .start();
        }
    }

    private List<PeerId> others() {
        return ids.entrySet().stream()
                .filter(each -> each.getValue() != spec.memberId())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** A leader has sent something. Called without the engine's locks. */
    private void ledBy(long term, long committed) {
        if (!right.isVoter()) {
            right.led(term, committed, node.getLastAppliedLogIndex(), this::termOf);
        }
    }

    private long termOf(long index) {
        long loaded = applyThread.termOf(index);
        return loaded != 0 ? loaded : storage.termOf(index);
    }

    // ---- entries

    @Override
    public CompletableFuture<Object> submit(byte[] entry) {
        if (entry.length > spec.entryBytesMax()) {
            throw new IllegalArgumentException(
                    "an entry of " + entry.length + " bytes is larger than " + spec.entryBytesMax());
        }
        Leadership now = leadership();
        if (!now.own()) {
            return CompletableFuture.failedFuture(new NotLeaderException("this member does not lead", now.leader()));
        }
        if (!window.enter(entry.length)) {
            return CompletableFuture.failedFuture(new LogBusyException("too many entries are under way"));
        }
        Submission submission = new Submission(entry, () -> leadership().leader());
        pending.add(submission);
        var unused = submission.answer.whenComplete((result, failure) -> {
            pending.remove(submission);
            window.leave(entry.length);
        });
        try {
            node.apply(new Task(ByteBuffer.wrap(entry), submission, now.term()));
        } catch (IllegalStateException closing) {
            submission.answer.completeExceptionally(new NotLeaderException("the log is closed", OptionalInt.empty()));
        }
        return submission.answer;
    }

    @Override
    public CompletableFuture<Void> readBarrier() {
        Leadership now = leadership();
        if (!now.own()) {
            return CompletableFuture.failedFuture(new NotLeaderException("this member does not lead", now.leader()));
        }
        return barriers.enter();
    }

    // ---- leadership

    @Override
    public Leadership leadership() {
        return applyThread.leadership();
    }

    @Override
    public CompletableFuture<Void> transferLeadership(int memberId) {
        Leadership now = leadership();
        if (memberId == spec.memberId() || !spec.members().containsKey(memberId)) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("there is no member " + memberId
                    + " besides this one among " + spec.members().keySet()));
        }
        if (!now.own()) {
            return CompletableFuture.failedFuture(new NotLeaderException("this member does not lead", now.leader()));
        }
        return transferTo(Engine.peer(spec.address(memberId)));
    }

    private CompletableFuture<Void> transferTo(PeerId peer) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        synchronized (lock) {
            if (!transfer.isDone()) {
                return CompletableFuture.failedFuture(new LogBusyException("leadership is being handed over already"));
            }
            transfer = done;
        }
        Status status = node.transferLeadershipTo(peer);
        if (!status.isOk()) {
            done.completeExceptionally(
                    new NotLeaderException(status.getErrorMsg(), leadership().leader()));
        }
        return done.orTimeout(4 * spec.electionTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    /** On the apply thread, after the machine. */
    private void led(Leadership now) {
        CompletableFuture<Void> waiting;
        synchronized (lock) {
            waiting = transfer;
        }
        if (now.own()) {
            waiting.completeExceptionally(new IllegalStateException("the other member did not take over"));
        } else if (now.leader().isPresent()) {
            waiting.complete(null);
        }
    }

    // ---- snapshots

    private void snapshotDue() {
        try {
            threads.snapshots.execute(() -> {
                var unused = snapshot();
            });
        } catch (RejectedExecutionException closing) {
            log.debug("no snapshot is taken while the log is being closed");
        }
    }

    @Override
    public CompletableFuture<Void> snapshot() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        node.snapshot((Closure) status -> {
            if (status.isOk()) {
                done.complete(null);
            } else {
                done.completeExceptionally(new IOException("no snapshot: " + status.getErrorMsg()));
            }
        });
        return done;
    }

    // ---- status and end

    @Override
    public LogStatus status() {
        Map<Integer, LogStatus.Peer> peers = new TreeMap<>();
        if (node.isLeader()) {
            List<PeerId> alive = node.listAlivePeers();
            ids.forEach((peer, id) -> {
                if (id != spec.memberId()) {
                    peers.put(id, traffic.peer(id, alive.contains(peer)));
                }
            });
        }
        return new LogStatus(
                spec.memberId(),
                spec.members().keySet().stream().sorted().toList(),
                state(),
                leadership(),
                entries.lastIndex(),
                node.getLastCommittedIndex(),
                node.getLastAppliedLogIndex(),
                entries.firstIndex(),
                applyThread.snapshotIndex(),
                entries.bytes(),
                folder.wasEmpty(),
                peers);
    }

    private String state() {
        if (applyThread.failed()) {
            return "failed";
        }
        State state = node.getNodeState();
        return switch (state) {
            case STATE_LEADER, STATE_TRANSFERRING -> "leader";
            case STATE_CANDIDATE -> right.isVoter() ? "candidate" : "waiting";
            case STATE_FOLLOWER -> right.isVoter() ? "follower" : "waiting";
            case STATE_ERROR -> "failed";
            default -> "closed";
        };
    }

    @Override
    public void close() {
        synchronized (lock) {
            if (closed) {
                awaitStopped();
                return;
            }
            closed = true;
        }
        try {
            handOver();
            stop();
        } finally {
            stopped.countDown();
        }
    }

    private void handOver() {
        if (!leadership().own() || spec.members().size() == 1) {
            return;
        }
        try {
            transferTo(PeerId.ANY_PEER).get(2 * spec.electionTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException notTaken) {
            log.info("member {} stops without having handed leadership over: {}", spec.memberId(), notTaken.toString());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void stop() {
        Engine.stopListening(server, spec.ownAddress());
        node.shutdown();
        boolean interrupted = Thread.interrupted();
        while (true) {
            try {
                node.join();
                break;
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        NodeManager.getInstance().removeAddress(node.getNodeId().getPeerId().getEndpoint());
        pending.forEach(submission -> submission.answer.completeExceptionally(
                new OutcomeUnknownException("the log was closed before the entry was applied here", null)));
        threads.close();
        try {
            folder.close();
        } catch (IOException failure) {
            log.warn("member {}: the data folder's lock could not be given up", spec.memberId(), failure);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void awaitStopped() {
        try {
            stopped.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
