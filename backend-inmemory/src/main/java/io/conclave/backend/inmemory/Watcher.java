package io.conclave.backend.inmemory;

/**
 * A watch as the store sees it.
 *
 * @param <S> whose it is
 * @param <M> what is sent to tell something
 */
interface Watcher<S, M> {
    S session();

    Interest interest();

    /** False as soon as nobody wants it any more. */
    boolean isOver();

    /** What to send to tell this change. */
    M offer(Change change);

    /** What to send to tell that changes up to this revision may have been missed. */
    M offerResync(long revision);
}
