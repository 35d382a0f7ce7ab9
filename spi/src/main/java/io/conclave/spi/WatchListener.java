package io.conclave.spi;

/**
 * Hears what a watch sees. Level-triggered: a call says that the state moved, and the listener reads what it moved to. Several
 * changes may be told as one. Calls come serially per session and must not block.
 */
public interface WatchListener {
    /**
     * Something changed.
     *
     * @param kind what
     * @param path where
     * @param revision a lower bound of the revision of the state to read, never decreasing within a watch; 0 where unknown
     */
    void onChange(WatchSpec.Kind kind, NodePath path, long revision);

    /** Something may have been missed: read again. The watch goes on. */
    void onResync(long revision);

    /** The watch is over: the session ended or the store refuses it. The last call. Not called after {@link Watch#cancel()}. */
    void onEnd(BackendException why);
}
