package io.conclave.backend.etcd;

import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * The numbers in those names of this session's sequential nodes that may come again, the smallest free one of the directory first. A server keeps every name that was ever deleted until its history is compacted, and goes
 * through all of them to list a directory: with names that never come again each acquire of a lock would make the next one slower. A name is free again when a commit of this session that deletes the
 * node was applied, or the one that was to make it can never be; one that somebody else removed is not used again. On the session's drain.
 */
final class Ordinals {
    private final long nonce;
    private final Map<NodePath, BitSet> taken = new HashMap<>();

    Ordinals(long nonce) {
        this.nonce = nonce;
    }

    /** What the name is made of: like an operation's id, but below zero, where no operation's counter is. */
    OpId take(NodePath directory) {
        BitSet numbers = taken.computeIfAbsent(directory, any -> new BitSet());
        int free = numbers.nextClearBit(0);
        numbers.set(free);
        return new OpId(nonce, ~(long) free);
    }

    void giveBack(NodePath directory, OpId name) {
        BitSet numbers = taken.get(directory);
        if (numbers != null && name.nonce() == nonce && name.counter() < 0) {
            numbers.clear((int) ~name.counter());
            if (numbers.isEmpty()) {
                taken.remove(directory);
            }
        }
    }

    /** The node was deleted by this session. */
    void deleted(NodePath node) {
        Names.parse(node.name()).ifPresent(name -> giveBack(node.parent(), name.id()));
    }
}
