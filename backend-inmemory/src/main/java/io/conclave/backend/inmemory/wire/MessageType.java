package io.conclave.backend.inmemory.wire;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The kinds of {@link Message}, with the codes that stand for them in frames. A code is never used again for another kind. */
public enum MessageType {
    /** {@link Message.Hello}. */
    HELLO(1, Message.Hello::read),
    /** {@link Message.Welcome}. */
    WELCOME(2, Message.Welcome::read),
    /** {@link Message.Rejected}. */
    REJECTED(3, Message.Rejected::read),
    /** {@link Message.Ping}. */
    PING(4, Message.Ping::read),
    /** {@link Message.Pong}. */
    PONG(5, Message.Pong::read),
    /** {@link Message.Moved}. */
    MOVED(6, Message.Moved::read),
    /** {@link Message.Open}. */
    OPEN(7, Message.Open::read),
    /** {@link Message.Opened}. */
    OPENED(8, Message.Opened::read),
    /** {@link Message.Attach}. */
    ATTACH(9, Message.Attach::read),
    /** {@link Message.Beat}. */
    BEAT(10, Message.Beat::read),
    /** {@link Message.Done}. */
    DONE(11, Message.Done::read),
    /** {@link Message.Failed}. */
    FAILED(12, Message.Failed::read),
    /** {@link Message.Ended}. */
    ENDED(13, Message.Ended::read),
    /** {@link Message.End}. */
    END(14, Message.End::read),
    /** {@link Message.DoCommit}. */
    COMMIT(15, Message.DoCommit::read),
    /** {@link Message.Result}. */
    RESULT(16, Message.Result::read),
    /** {@link Message.Withdraw}. */
    WITHDRAW(17, Message.Withdraw::read),
    /** {@link Message.Withdrawn}. */
    WITHDRAWN(18, Message.Withdrawn::read),
    /** {@link Message.Read}. */
    READ(19, Message.Read::read),
    /** {@link Message.Views}. */
    VIEWS(20, Message.Views::read),
    /** {@link Message.Watch}. */
    WATCH(21, Message.Watch::read),
    /** {@link Message.Unwatch}. */
    UNWATCH(22, Message.Unwatch::read),
    /** {@link Message.Events}. */
    EVENTS(23, Message.Events::read),
    /** {@link Message.AskStatus}. */
    ASK_STATUS(24, Message.AskStatus::read),
    /** {@link Message.Status}. */
    STATUS(25, Message.Status::read),
    /** {@link Message.Transfer}. */
    TRANSFER(26, Message.Transfer::read);

    private static final MessageType[] BY_CODE = new MessageType[256];

    static {
        for (MessageType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    @SuppressWarnings("ImmutableEnumChecker") // a method, nothing that could change
    private final Function<WireReader, Message> reader;

    MessageType(int code, Function<WireReader, Message> reader) {
        this.code = code;
        this.reader = reader;
    }

    /** What stands in the frame. */
    public int code() {
        return code;
    }

    Message read(WireReader in) {
        return reader.apply(in);
    }

    static MessageType of(int code) {
        @Nullable MessageType type = BY_CODE[code];
        if (type == null) {
            throw new MalformedException("message type " + code + " is not known");
        }
        return type;
    }
}
