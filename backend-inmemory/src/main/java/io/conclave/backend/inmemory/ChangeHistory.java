package io.conclave.backend.inmemory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** The latest changes, so that a watch that was away is told exactly what it missed. Not part of the tree's state. */
final class ChangeHistory {
    private static final int CHANGES_KEPT = 8_192;

    private final Deque<Change> changes = new ArrayDeque<>();
    /** Every change after this revision is kept. */
    private long completeAfter;

    ChangeHistory(long revision) {
        this.completeAfter = revision;
    }

    void add(Change change) {
        changes.addLast(change);
        while (changes.size() > CHANGES_KEPT) {
            completeAfter = changes.removeFirst().revision();
        }
    }

    /** All changes after a revision in their order; empty if they are not all kept. */
    Optional<List<Change>> after(long revision) {
        if (revision < completeAfter) {
            return Optional.empty();
        }
        List<Change> found = new ArrayList<>();
        for (Iterator<Change> newest = changes.descendingIterator(); newest.hasNext(); ) {
            Change change = newest.next();
            if (change.revision() <= revision) {
                break;
            }
            found.add(change);
        }
        Collections.reverse(found);
        return Optional.of(found);
    }
}
