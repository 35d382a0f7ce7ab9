package io.conclave;

import java.util.List;
import java.util.Optional;

/**
 * Holder and waiters of a path at some moment of the recent past.
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

    /** Those behind the holder, in order. */
    public List<Contender> waiters() {
        return contenders.subList(Math.min(1, contenders.size()), contenders.size());
    }

    /** The first of this Conclave's own contenders. */
    public Optional<Contender> own() {
        return contenders.stream().filter(Contender::own).findFirst();
    }
}
