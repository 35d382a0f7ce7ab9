package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.ReplicatedLog;
import io.conclave.backend.inmemory.wire.WireServer;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member of a replicated store, embedded in an application. Three or five of them, each in a process of its own, agree upon one state and survive the loss of a minority; applications connect to all of them with {@code
 * inmemory://host:7420,host:7420,host:7420/namespace}, also the one that a member is embedded in.
 *
 * <p>What was acknowledged is held by a majority of the members; what that survives is their {@link StoreDurability}. Without a majority nothing is acknowledged and nothing is read. Everything listens on the loopback
 * interface only: this version has no authentication and no encryption.
 *
 * <pre>{@code
 * ReplicatedStore member = ReplicatedStore.builder()
 *         .id(1)
 *         .members(Map.of(1, "127.0.0.1:7420", 2, "127.0.0.1:7421", 3, "127.0.0.1:7422"))
 *         .dataDirectory(Path.of("/var/lib/app/store"))
 *         .start();
 * }</pre>
 *
 * <p>Thread-safe. {@link #close} hands leadership over first, and blocks while it does.
 */
public final class ReplicatedStore implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedStore.class);

    private final StoreOptions options;
    private final Member member;
    private final WireServer server;
    private final ReplicatedLog log;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable String failure;

    private ReplicatedStore(StoreOptions options) {
        this.options = options;
        this.member = new Member(
                options.id(),
                options.clientAddresses(),
                options.clock(),
                why -> options.clock().executor().execute(() -> fail(why)));
        this.log = options.startLog(member.machine());
        try {
            this.server = WireServer.listen(options.listen(), () -> new MemberPort(member));
        } catch (UncheckedIOException notFree) {
            log.close();
            throw notFree;
        }
        member.start(log);
        LOG.info("member {}: listens for clients on {}", options.id(), clientAddress());
    }

    static ReplicatedStore start(StoreOptions options) {
        return new ReplicatedStore(options);
    }

    /** Describes a member. */
    public static ReplicatedStoreBuilder builder() {
        return new ReplicatedStoreBuilder();
    }

    /** This member's id. */
    public int id() {
        return options.id();
    }

    /** Where this member listens for clients: {@code host:port}. */
    public String clientAddress() {
        InetSocketAddress address = server.address();
        return address.getHostString() + ":" + address.getPort();
    }

    /** Whether this member leads and serves sessions now. */
    public boolean isLeading() {
        return failure == null && !closed.get() && member.isLeading();
    }

    /**
     * Whether this member is of use: it leads, or knows who does. Not in the moments of an election, without a majority, after a failure, and once it is closed.
     */
    public boolean isHealthy() {
        return failure == null && !closed.get() && log.leadership().leader().isPresent();
    }

    /**
     * How this member is, by name, for people and programs: among others {@code member}, {@code state}, {@code term}, {@code leader}, {@code leaderAddress}, {@code serving}, {@code revision}, {@code sessions}, {@code nodes}, {@code connections},
     * {@code appliedIndex}. More names may come with later versions.
     */
    public Map<String, String> status() {
        Map<String, String> facts = member.facts();
        String failed = failure;
        if (failed != null) {
            facts.put("failure", failed);
        }
        return facts;
    }

    /**
     * Hands leadership over. Clients connect to the new leader by themselves; their sessions live on. Completes when this member no longer leads; fails if it does not lead now, if there is no such member, or if the other one did not take over, and then this one goes on
     * leading.
     */
    public CompletionStage<Void> transferLeadership(int memberId) {
        return log.transferLeadership(memberId);
    }

    /** Takes a snapshot now and cuts the log behind it, as happens by itself from time to time. */
    public CompletionStage<Void> snapshot() {
        return log.snapshot();
    }

    private void fail(String why) {
        failure = why;
        close();
    }

    /** Hands leadership over if this member leads and another can take it, sends clients away and stops. Idempotent. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            log.close();
            member.stop();
            server.close();
            LOG.info("member {}: closed", options.id());
        }
    }
}
