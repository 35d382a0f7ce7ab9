package io.conclave.tck;

import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.Node;
import io.conclave.spi.Payload;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.TooManyOperationsException;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What the reference backend checks before sending, and its stale reads. */
final class RefLimits {
    private RefLimits() {}

    static Optional<BackendException> check(Bug bug, ManualTime time, Commit commit) {
        int limit = RefBackend.CAN.maxPayloadBytes() - (bug == Bug.LIMIT_OFF_BY_ONE ? 1 : 0);
        int total = 0;
        for (Write write : commit.writes()) {
            int size = write.data().size();
            total += size + write.place().toString().getBytes(StandardCharsets.UTF_8).length;
            if (size > limit && bug != Bug.NO_SIZE_CHECK) {
                return Optional.of(new PayloadTooLargeException(size + " bytes are more than " + limit));
            }
        }
        if (total > RefBackend.CAN.maxCommitBytes() && bug != Bug.NO_SIZE_CHECK) {
            return Optional.of(new PayloadTooLargeException(total + " bytes are too many"));
        }
        if (commit.operations() > RefBackend.CAN.maxOperations() && bug != Bug.NO_COUNT_CHECK) {
            return Optional.of(new TooManyOperationsException(commit.operations() + " are too many"));
        }
        boolean late = time.isPast(commit.deadlineNanos()) && bug != Bug.SENDS_AFTER_DEADLINE;
        return late ? Optional.of(new UnavailableException("the deadline has passed")) : Optional.empty();
    }

    /** A counter's value of one put ago, if it has been put often. */
    static View stale(RefStore.Member member, View view, boolean own) {
        Optional<Node> node =
                ((View.OfNode) (view instanceof View.OfNode ? view : new View.OfNode(Optional.empty()))).node();
        if (node.isEmpty()
                || node.get().version() < 3
                || !node.get().data().asUtf8().matches("[0-9]+")) {
            return view;
        }
        Node read = node.get();
        String before = Long.toString(Long.parseLong(read.data().asUtf8()) - 1);
        return new View.OfNode(Optional.of(new Node(
                read.path(),
                read.sequence(),
                read.createdRevision(),
                read.modifiedRevision(),
                read.version(),
                read.owner(),
                Payload.utf8(before))));
    }
}
