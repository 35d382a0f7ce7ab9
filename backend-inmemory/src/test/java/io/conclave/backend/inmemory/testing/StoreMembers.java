package io.conclave.backend.inmemory.testing;

import java.util.List;

/** The members of a store under test. */
public interface StoreMembers extends AutoCloseable {
    /** Where each listens for clients, by index from 0. */
    List<Integer> ports();

    /** Stops all of them and starts them again with what they have kept; false if they keep nothing. */
    boolean restartAll();

    /** Throws away what they have kept and starts them again; false if that cannot be done. */
    boolean startFromNothing();

    @Override
    void close();
}
