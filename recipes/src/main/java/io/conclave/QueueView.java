package io.conclave;

import java.util.List;
import java.util.Optional;

/**
 * Holders and waiters of a path at some moment of the recent past.
 *
 * @param contenders all of them in order; those of other processes that wait in a local queue are not seen
 */
public record QueueView(List<Contender> contenders) {
    /** Copies the list. */
    public QueueView {
        contenders = List.copyOf(contenders);
    }

    /** The one at the front. */
    public Optional<Contender> holder() {
        return contenders.stream().findFirst();
    }

    /** All whose turn it is, in order: at most one of a lock, but several readers of a read-write lock, or several of a semaphore. */
    public List<Contender> holders() {
        return contenders.stream().filter(Contender::holding).toList();
    }

    /** Those whose turn it is not yet, in order. */
    public List<Contender> waiters() {
        return contenders.stream().filter(contender -> !contender.holding()).toList();
    }

    /** The first of this Conclave's own contenders. */
    public Optional<Contender> own() {
        return contenders.stream().filter(Contender::own).findFirst();
    }
}
