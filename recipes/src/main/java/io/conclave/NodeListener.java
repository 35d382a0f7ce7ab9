package io.conclave;

import io.conclave.spi.WatchSpec;

/** Hears changes of nodes, on the user's executor, in order. It goes on over reconnects and new sessions. */
public interface NodeListener {
    /** The node was made, changed or removed. Several changes may be told as one; read to see the state. */
    void onChange(WatchSpec.Kind kind, String path);

    /** Something may have been missed: read again. Also told once when the watch has become active. */
    default void onResync() {}
}
