package io.conclave.backend.inmemory;

import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import java.util.List;

/** What a session asks of its store. */
sealed interface Ask {

    /**
     * To apply a commit. The answer is a {@link io.conclave.spi.CommitResult}.
     *
     * @param commit the commit
     */
    record Commit(io.conclave.spi.Commit commit) implements Ask {}

    /**
     * To settle an operation. The answer is a {@link io.conclave.spi.Withdrawal}.
     *
     * @param opId which
     */
    record Withdraw(OpId opId) implements Ask {}

    /**
     * To read. The answer is the list of views.
     *
     * @param queries what
     * @param level how fresh
     */
    record Read(List<Query> queries, ReadLevel level) implements Ask {}

    /**
     * To start a watch. The answer, like those that follow, is {@code true}.
     *
     * @param watch which
     */
    record Watch(ClientWatch watch) implements Ask {}

    /** A sign of life. */
    record Beat() implements Ask {}

    /**
     * A sign of life on a new connection, and what the session has heard and wants to hear.
     *
     * @param watches those that are to go on
     * @param heardUpTo the latest revision that it was told of
     */
    record Resume(List<ClientWatch> watches, long heardUpTo) implements Ask {}

    /** To end the session. */
    record End() implements Ask {}
}
