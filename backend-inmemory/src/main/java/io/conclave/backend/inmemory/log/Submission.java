package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.error.RaftError;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** An entry under way, at the member where it was submitted. Completed once: by the apply thread, or by the engine when it gives up. */
final class Submission implements Closure {
    final byte[] entry;
    final CompletableFuture<Object> answer = new CompletableFuture<>();
    private final Supplier<OptionalInt> leader;

    Submission(byte[] entry, Supplier<OptionalInt> leader) {
        this.entry = entry;
        this.leader = leader;
    }

    @Override
    public void run(Status status) {
        if (status.isOk()) {
            answer.completeExceptionally(
                    new OutcomeUnknownException("the engine answered before the entry was applied", null));
        } else if (neverEntered(status)) {
            answer.completeExceptionally(
                    status.getRaftError() == RaftError.EBUSY && !isTransfer(status)
                            ? new LogBusyException(status.getErrorMsg())
                            : new NotLeaderException(status.getErrorMsg(), leader.get()));
        } else {
            answer.completeExceptionally(new OutcomeUnknownException(status.getErrorMsg(), null));
        }
    }

    private static boolean isTransfer(Status status) {
        return status.getErrorMsg().startsWith("Is transferring");
    }

    /**
     * Whether the engine says that it has not put the entry into its log. It gives EBUSY and ENODESHUTDOWN only before, EPERM also for entries that are in the log when leadership ends, so of these only the two refusals are
     * known by their words. If the words change, more outcomes are called unknown than need be.
     */
    private static boolean neverEntered(Status status) {
        return switch (status.getRaftError()) {
            case EBUSY, ENODESHUTDOWN -> true;
            case EPERM ->
                status.getErrorMsg().startsWith("Is not leader")
                        || status.getErrorMsg().startsWith("expected_term=");
            default -> false;
        };
    }
}
