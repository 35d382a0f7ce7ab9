package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Connection;
import io.conclave.backend.inmemory.wire.ConnectionHandler;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.MessageType;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.backend.inmemory.wire.WireClient;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection to the leading member. Tries the servers in turn, beginning anywhere; a member that does not lead says who does, and that one is tried next. If it cannot be reached, or nobody is known to lead, the client stays at a member that
 * answers for a moment: who leads next is told there at once. Pauses with jitter between rounds. A member that is not heard for {@link WireClient#SILENCE_MAX} is given up.
 *
 * <p>All state is owned by {@code drain}. Each connection that is taken into use has a number, {@code epoch}, larger than those before.
 */
final class Connector {
    private static final Logger LOG = LoggerFactory.getLogger(Connector.class);
    private static final Duration PING_EACH = Duration.ofMillis(500);
    private static final Duration NEWS_WAIT = Duration.ofMillis(200);
    private static final int HINTS_IN_A_ROW = 2;
    private static final long PAUSE_MILLIS_LEAST = 20;
    private static final long PAUSE_MILLIS_MOST = 200;

    /** Hears of connections in the connector's drain, and of messages on event threads. */
    interface Owner {
        void connected(int epoch);

        void disconnected(int epoch);

        /** A message of a session or of an answer to a request. */
        void received(int epoch, Message message);
    }

    private final Owner owner;
    private final Timekeeper clock;
    private final SerialDrain drain;
    private final WireClient wire = new WireClient();
    private List<String> servers;
    private int next;
    private int hintsFollowed;
    private int failures;
    private int epochs;
    private @Nullable String hint;
    /** Where a connection was tried last in vain. */
    private @Nullable String unreachable;
    /** What fails now was tried after a wait, so there is no need of another one. */
    private boolean waited;

    private @Nullable Attempt attempt;
    private @Nullable Cancellable pause;
    private boolean closed;
    /** Which store it is, once that is known. */
    private volatile String storeId = "";

    private volatile @Nullable Attempt current;
    private volatile String trouble = "no member has answered yet";

    Connector(Owner owner, Timekeeper clock, List<String> servers) {
        this.owner = owner;
        this.clock = clock;
        this.drain = new SerialDrain(clock.executor());
        this.servers = servers;
        this.next = ThreadLocalRandom.current().nextInt(servers.size());
    }

    void start() {
        drain.execute(this::tryNext);
    }

    /** Runs a task in the drain that the owner's calls come from. */
    void execute(Runnable task) {
        drain.executeLater(task);
    }

    /** The connection in use; 0 if there is none. */
    int epoch() {
        Attempt in = current;
        return in == null ? 0 : in.epoch;
    }

    /** Why there is none, for people. */
    String trouble() {
        return trouble;
    }

    /** Sends on that connection; false if it is in use no more. */
    boolean send(int epoch, Message message) {
        Attempt in = current;
        if (in == null || in.epoch != epoch || in.connection == null) {
            return false;
        }
        in.connection.send(message);
        return true;
    }

    /** That connection does no good: another one. */
    void suspect(int epoch, String why) {
        Attempt in = current;
        if (in != null && in.epoch == epoch) {
            in.close(why);
        }
    }

    void servers(List<String> changed) {
        drain.execute(() -> {
            servers = changed;
            Attempt in = current;
            if (in != null && !changed.contains(in.address)) {
                in.close("its server is not among those to be used any more");
            }
        });
    }

    void close() {
        drain.execute(() -> {
            closed = true;
            if (pause != null) {
                pause.cancel();
            }
            for (Attempt open : new Attempt[] {attempt, current}) {
                if (open != null) {
                    open.close("closed by its owner");
                }
            }
            wire.close();
        });
    }

    // ---- in the drain

    private void tryNext() {
        if (closed || attempt != null || current != null) {
            return;
        }
        String address = hint;
        hint = null;
        if (address == null) {
            address = servers.get(Math.floorMod(next++, servers.size()));
        }
        Attempt started = new Attempt(address);
        attempt = started;
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replace("[", "").replace("]", "");
        wire.connect(host, Integer.parseInt(address.substring(colon + 1)), started);
    }

    private void welcomed(Attempt by, Message.Welcome welcome) {
        if (by != attempt) {
            by.close("not wanted any more");
            return;
        }
        if (storeId.isEmpty()) {
            storeId = welcome.storeId();
        }
        if (welcome.leading()) {
            attempt = null;
            failures = 0;
            hintsFollowed = 0;
            unreachable = null;
            waited = false;
            by.epoch = ++epochs;
            current = by;
            LOG.debug("connected to member {} at {}", welcome.member(), by.address);
            owner.connected(by.epoch);
            ping(by);
        } else {
            by.redirect = welcome.leaderAddress();
            by.knownMember = true;
            String why = "member " + welcome.member() + " at " + by.address + " does not lead"
                    + (by.redirect.isEmpty() ? " and knows of no leader" : ", " + by.redirect + " does");
            if (by.redirect.isEmpty() || by.redirect.equals(unreachable)) {
                trouble = why;
                var unused = clock.schedule(() -> drain.execute(() -> noNews(by, why)), NEWS_WAIT);
            } else {
                by.close(why);
            }
        }
    }

    private void noNews(Attempt by, String why) {
        if (by == attempt) {
            waited = true;
            by.close(why);
        }
    }

    private void ping(Attempt to) {
        Connection connection = to.connection;
        if (to == current && connection != null) {
            connection.send(new Message.Ping());
            var unused = clock.schedule(() -> drain.execute(() -> ping(to)), PING_EACH);
        }
    }

    private void over(Attempt ended, String why) {
        boolean used = ended == current;
        if (used) {
            current = null;
            LOG.debug("the connection to {} is over: {}", ended.address, why);
            owner.disconnected(ended.epoch);
        } else if (ended == attempt) {
            attempt = null;
            failures++;
        } else {
            return;
        }
        trouble = why;
        if (ended.news) {
            hintsFollowed = 0;
            unreachable = null;
        } else if (!used && !ended.knownMember) {
            unreachable = ended.address;
        }
        boolean elsewhere = !ended.redirect.isEmpty() && (ended.news || !ended.redirect.equals(ended.address));
        if (elsewhere && hintsFollowed < HINTS_IN_A_ROW) {
            hintsFollowed++;
            hint = ended.redirect;
        }
        if (used || hint != null) {
            tryNext();
        } else {
            hintsFollowed = 0;
            boolean atOnce = waited && !ended.knownMember;
            waited = false;
            if (atOnce) {
                tryNext();
            } else {
                pauseAndTry();
            }
        }
    }

    private void pauseAndTry() {
        if (closed) {
            return;
        }
        long most = Math.min(PAUSE_MILLIS_MOST, PAUSE_MILLIS_LEAST << Math.min(failures, 4));
        long millis = most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1);
        pause = clock.schedule(() -> drain.execute(this::tryNext), Duration.ofMillis(millis));
    }

    /** One connection, from the first try to its end. */
    private final class Attempt implements ConnectionHandler {
        private final String address;
        private volatile @Nullable Connection connection;
        private volatile int epoch;
        private volatile String redirect = "";
        /** Whether the redirect was said while this connection was open, and not at its beginning. */
        private volatile boolean news;
        /** Whether a member that does not lead has answered. In the drain. */
        private boolean knownMember;

        Attempt(String address) {
            this.address = address;
        }

        void close(String why) {
            Connection open = connection;
            if (open != null) {
                open.close(why);
            }
        }

        @Override
        public void onOpen(Connection made) {
            connection = made;
            made.send(new Message.Hello(Wire.VERSION, storeId));
        }

        @Override
        public void onMessage(Message message) {
            if (message instanceof Message.Welcome welcome) {
                Connection to = connection;
                if (to != null) {
                    to.accepted();
                }
                drain.execute(() -> welcomed(this, welcome));
            } else if (message instanceof Message.Rejected rejected) {
                close("member at " + address + " has refused the connection: " + rejected.text());
            } else if (message instanceof Message.Moved moved) {
                redirect = moved.leaderAddress();
                news = true;
                close("member at " + address + " does not lead any more");
            } else if (message.type() != MessageType.PONG) {
                owner.received(epoch, message);
            }
        }

        @Override
        public void onClosed(String why) {
            drain.execute(() -> over(this, why));
        }
    }
}
