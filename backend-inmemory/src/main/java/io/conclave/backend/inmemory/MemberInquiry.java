package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Connection;
import io.conclave.backend.inmemory.wire.ConnectionHandler;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.backend.inmemory.wire.WireClient;
import io.conclave.spi.Timekeeper;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One question to one member, on a connection of its own. */
final class MemberInquiry implements ConnectionHandler {
    private static final long REQUEST = 1;

    private final String address;
    private final Message question;
    private final CompletableFuture<MemberStatus> answer = new CompletableFuture<>();
    private volatile @Nullable Connection connection;
    private volatile boolean refused;

    private MemberInquiry(String address, Message question) {
        this.address = address;
        this.question = question;
    }

    static MemberInquiry status(WireClient wire, String address) {
        return new MemberInquiry(address, new Message.AskStatus(REQUEST)).start(wire);
    }

    /** Answered, with no facts, when the member no longer leads. It sends its clients away at that moment, so the answer may be lost. */
    static MemberInquiry transfer(WireClient wire, String address, int to) {
        return new MemberInquiry(address, new Message.Transfer(REQUEST, to)).start(wire);
    }

    private MemberInquiry start(WireClient wire) {
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon).replace("[", "").replace("]", "");
        wire.connect(host, Integer.parseInt(address.substring(colon + 1)), this);
        return this;
    }

    /** The answer, or that there is none by then. Closes the connection. */
    MemberStatus await(Timekeeper clock, long deadline) throws InterruptedException {
        try {
            long left = Math.max(0, clock.until(deadline).toNanos());
            return answer.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return unreached("no answer in time");
        } catch (ExecutionException impossible) {
            return unreached(String.valueOf(impossible.getCause()));
        } finally {
            Connection made = connection;
            if (made != null) {
                made.close("answered");
            }
        }
    }

    /** Whether the member has said no, as opposed to nothing. */
    boolean isRefused() {
        return refused;
    }

    private MemberStatus unreached(String why) {
        return new MemberStatus(address, Map.of(), why.isBlank() ? "unknown" : why);
    }

    @Override
    public void onOpen(Connection made) {
        connection = made;
        made.send(new Message.Hello(Wire.VERSION, ""));
    }

    @Override
    public void onMessage(Message message) {
        Connection to = connection;
        if (message instanceof Message.Welcome && to != null) {
            to.accepted();
            to.send(question);
        } else if (message instanceof Message.Rejected rejected) {
            answer.complete(unreached(rejected.text()));
        } else if (message instanceof Message.Status status) {
            answer.complete(new MemberStatus(address, status.facts(), ""));
        } else if (message instanceof Message.Done) {
            answer.complete(new MemberStatus(address, Map.of(), ""));
        } else if (message instanceof Message.Failed failed) {
            refused = true;
            answer.complete(unreached(failed.text()));
        }
    }

    @Override
    public void onClosed(String why) {
        answer.complete(unreached(why));
    }
}
