package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Connection;
import io.conclave.backend.inmemory.wire.ConnectionHandler;
import io.conclave.backend.inmemory.wire.MalformedException;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.MessageType;
import io.conclave.backend.inmemory.wire.Wire;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's connection at a member. While {@link #WINDOW} requests are not answered nothing more is read, so what a client can have under way is bounded, and waits at its side of the network.
 */
final class MemberPort implements ConnectionHandler {
    static final int WINDOW = 1_024;
    private static final Logger LOG = LoggerFactory.getLogger(MemberPort.class);

    private final Member member;
    private final AtomicInteger open = new AtomicInteger();
    /** By the client's number. */
    private final Map<Integer, Attachment> attachments = new ConcurrentHashMap<>();

    private @Nullable Connection connection;
    private boolean greeted;
    /** Whether this member led when it was asked. Under the store's lock. */
    private boolean serving;
    /** Whom this client was told to lead. Under the store's lock. */
    private String told = "";

    private volatile boolean closed;

    MemberPort(Member member) {
        this.member = member;
    }

    // ---- for the member

    boolean isClosed() {
        return closed;
    }

    boolean isServing() {
        return serving;
    }

    /** The client is told who leads, and whether that is this member. */
    void greeted(boolean leadsHere, String leaderAddress) {
        serving = leadsHere;
        told = leaderAddress;
    }

    /** Who leads is known now: a client that is not served here, and was told otherwise, goes there. */
    void leads(String leaderAddress) {
        if (!serving && greeted && !told.equals(leaderAddress)) {
            told = leaderAddress;
            send(new Message.Moved(leaderAddress));
        }
    }

    Map<Integer, Attachment> attachments() {
        return attachments;
    }

    void send(Message message) {
        Connection to = connection;
        if (to != null) {
            to.send(message);
        }
    }

    /** Sends the answer to a request. */
    void answer(Message message) {
        send(message);
        answered();
    }

    /** A request needs no answer of its own. */
    void answered() {
        if (open.decrementAndGet() == WINDOW / 2) {
            reading(true);
        }
    }

    private void asked() {
        if (open.incrementAndGet() == WINDOW) {
            reading(false);
            if (open.get() <= WINDOW / 2) { // answered meanwhile, and nobody may come by to see it
                reading(true);
            }
        }
    }

    private void reading(boolean wanted) {
        Connection of = connection;
        if (of != null) {
            of.reading(wanted);
        }
    }

    void close(String why) {
        Connection of = connection;
        if (of != null) {
            of.close(why);
        }
    }

    // ---- the connection's calls

    @Override
    public void onOpen(Connection made) {
        connection = made;
        if (!member.enter(this)) {
            made.send(new Message.Rejected(
                    Message.Rejection.FULL, "member has " + Member.PORTS_MAX + " connections, which is the most"));
            made.close("too many connections");
        }
    }

    @Override
    public void onClosed(String why) {
        LOG.debug("a client has gone: {}", why);
        closed = true;
        member.leave(this);
    }

    @Override
    public void onMessage(Message message) {
        if (!greeted) {
            greet(message);
        } else if (message.type() == MessageType.PING) {
            send(new Message.Pong());
        } else if (message instanceof Message.Watch watch) {
            member.watch(attachments.get(watch.session()), watch);
        } else if (message instanceof Message.Unwatch unwatch) {
            member.unwatch(attachments.get(unwatch.session()), unwatch);
        } else {
            asked();
            request(message);
        }
    }

    private void greet(Message message) {
        Connection to = connection;
        if (!(message instanceof Message.Hello hello) || to == null) {
            throw new MalformedException("a connection begins with HELLO, not with " + message.type());
        }
        if (hello.version() != Wire.VERSION) {
            reject(
                    to,
                    Message.Rejection.VERSION,
                    "version " + hello.version() + " of the protocol is not spoken here, only " + Wire.VERSION);
            return;
        }
        greeted = true;
        Message.Welcome welcome = member.welcome(this);
        if (!hello.storeId().isEmpty()
                && !welcome.storeId().isEmpty()
                && !hello.storeId().equals(welcome.storeId())) {
            reject(
                    to,
                    Message.Rejection.OTHER_STORE,
                    "this is the store " + welcome.storeId() + ", not " + hello.storeId());
            return;
        }
        to.accepted();
        to.send(welcome);
    }

    private static void reject(Connection to, Message.Rejection why, String text) {
        to.send(new Message.Rejected(why, text));
        to.close(text);
    }

    private void request(Message message) {
        if (message instanceof Message.DoCommit commit) {
            member.commit(this, attachments.get(commit.session()), commit);
        } else if (message instanceof Message.Beat beat) {
            member.beat(this, attachments.get(beat.session()), beat);
        } else if (message instanceof Message.Read read) {
            member.read(this, attachments.get(read.session()), read);
        } else if (message instanceof Message.Withdraw withdraw) {
            member.withdraw(this, attachments.get(withdraw.session()), withdraw);
        } else if (message instanceof Message.Open asked) {
            member.open(this, asked);
        } else if (message instanceof Message.Attach attach) {
            member.attach(this, attach);
        } else if (message instanceof Message.End end) {
            member.end(this, end);
        } else if (message instanceof Message.AskStatus status) {
            answer(new Message.Status(status.request(), member.facts()));
        } else if (message instanceof Message.Transfer transfer) {
            member.transfer(this, transfer);
        } else {
            throw new MalformedException("a client does not send " + message.type());
        }
    }
}
