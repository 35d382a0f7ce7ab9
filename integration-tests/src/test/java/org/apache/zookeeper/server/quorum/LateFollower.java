package org.apache.zookeeper.server.quorum;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.security.sasl.SaslException;
import org.apache.zookeeper.server.Request;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;

/**
 * The main class of a ZooKeeper server that can be made to apply late while it follows: from the first transaction on that contains the text in the file named
 * by the second argument, for as long as the file is there. Transactions are logged and acknowledged to the leader as ever, clients come, their sessions are
 * confirmed and their reads answered, of a state of the past: so is a follower whose queue of commits is long, only shorter.
 *
 * <p>It stands in ZooKeeper's package because what it replaces can be replaced only there.
 */
public final class LateFollower {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private LateFollower() {}

    /** The arguments are the server's configuration and the file. */
    public static void main(String[] args) throws Exception {
        new Main(Path.of(args[1])).initializeAndRun(new String[] {args[0]});
    }

    private static final class Main extends QuorumPeerMain {
        private final Path held;

        Main(Path held) {
            this.held = held;
        }

        @Override
        protected QuorumPeer getQuorumPeer() throws SaslException {
            return new QuorumPeer() {
                @Override
                protected Follower makeFollower(FileTxnSnapLog log) throws IOException {
                    return new Follower(this, new LateServer(log, this, held));
                }
            };
        }
    }

    /** Commits and syncs keep their order, on a thread of their own, so that the one that hears the leader goes on. */
    private static final class LateServer extends FollowerZooKeeperServer {
        private final Path held;
        private final Executor applying = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "late-commits");
            thread.setDaemon(true);
            return thread;
        });

        LateServer(FileTxnSnapLog log, QuorumPeer self, Path held) throws IOException {
            super(log, self, self.getZkDb());
            this.held = held;
        }

        @Override
        public void commit(long zxid) {
            applying.execute(() -> {
                Request next = pendingTxns.element();
                while (isHeld(next)) {
                    LockSupport.parkNanos(POLL_NANOS);
                }
                super.commit(zxid);
            });
        }

        @Override
        public synchronized void sync() {
            applying.execute(super::sync);
        }

        private boolean isHeld(Request request) {
            try {
                String text = Files.readString(held);
                return new String(request.getSerializeData(), StandardCharsets.UTF_8).contains(text);
            } catch (NoSuchFileException nothing) {
                return false;
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        }
    }
}
