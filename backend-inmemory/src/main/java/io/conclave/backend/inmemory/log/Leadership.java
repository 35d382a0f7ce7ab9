package io.conclave.backend.inmemory.log;

import java.util.OptionalInt;

/**
 * Who leads, as one member knows it.
 *
 * @param term rises with each election
 * @param leader the leading member, if known: a hint for others
 * @param own whether it is this member and it may serve: an entry of its own term is committed and applied here
 */
public record Leadership(long term, OptionalInt leader, boolean own) {
    static Leadership unknown(long term) {
        return new Leadership(term, OptionalInt.empty(), false);
    }
}
