package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Message;
import io.conclave.spi.NodePath;
import io.conclave.spi.WatchSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A session on the connection over which its client is served. Its events and answers go out in one order. What changes is touched under the store's lock. */
final class Attachment {
    static final int WATCHES_MAX = 100_000;

    final MemberPort port;
    final int number;
    final String sessionId;
    final Namespace namespace;
    final Map<Integer, MemberWatch> watches = new HashMap<>();
    private volatile boolean current = true;

    Attachment(MemberPort port, int number, String sessionId, Namespace namespace) {
        this.port = port;
        this.number = number;
        this.sessionId = sessionId;
        this.namespace = namespace;
    }

    /** False once the session is attached elsewhere, is over, or this member does not serve it any more. */
    boolean isCurrent() {
        return current;
    }

    void over() {
        current = false;
    }

    void tell(long revision, int started, List<Message.Event> events) {
        port.send(new Message.Events(number, revision, started, events));
    }

    /** A watch of the session, under the client's number. */
    static final class MemberWatch implements Watcher<Attachment, Message.Event> {
        private final Attachment attachment;
        private final int number;
        private final Interest interest;

        MemberWatch(Attachment attachment, int number, WatchSpec spec) {
            this.attachment = attachment;
            this.number = number;
            this.interest = new Interest(spec, attachment.namespace.root());
        }

        @Override
        public Attachment session() {
            return attachment;
        }

        @Override
        public Interest interest() {
            return interest;
        }

        @Override
        public boolean isOver() {
            return !attachment.isCurrent();
        }

        @Override
        public Message.Event offer(Change change) {
            return new Message.Event(number, change.kind(), attachment.namespace.out(change.path()), change.revision());
        }

        @Override
        public Message.Event offerResync(long revision) {
            return new Message.Event(number, null, NodePath.root(), revision);
        }
    }
}
