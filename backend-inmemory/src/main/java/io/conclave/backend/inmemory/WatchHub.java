package io.conclave.backend.inmemory;

import io.conclave.spi.WatchSpec.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Who is told what of the changes, live or from the history. It makes messages and leaves it to the store to send them, so that all that one session has to hear of one command travels together. Touched only by
 * the store's drain, or under its lock.
 */
final class WatchHub<S, M, W extends Watcher<S, M>> {
    private final WatchTable<W> watches = new WatchTable<>();
    private ChangeHistory history;

    WatchHub(long revision) {
        this.history = new ChangeHistory(revision);
    }

    /** The state was replaced: what lies between is not known. */
    void restart(long revision) {
        history = new ChangeHistory(revision);
    }

    /** The changes of one command: what each session has to hear of them. */
    Map<S, List<M>> changed(List<Change> changes, Predicate<S> hears) {
        Map<S, List<M>> messages = new LinkedHashMap<>();
        for (Change change : changes) {
            history.add(change);
            watches.forEach(change, watch -> {
                if (hears.test(watch.session())) {
                    messages.computeIfAbsent(watch.session(), session -> new ArrayList<>())
                            .add(watch.offer(change));
                }
            });
        }
        return messages;
    }

    /**
     * Starts a watch: what there is to tell at once.
     *
     * @param afterRevision changes after it are told; none if it is negative
     * @param first false for a watch that goes on after a cut
     */
    List<M> start(W watch, NodeTree tree, long afterRevision, boolean first) {
        watches.add(watch);
        List<M> events = new ArrayList<>();
        boolean toldGone = replay(watch, tree, afterRevision, events);
        if (first
                && !toldGone
                && watch.interest().tellsAbsence()
                && tree.find(watch.interest().path()) == null) {
            events.add(watch.offer(new Change(Kind.DELETED, watch.interest().path(), tree.revision())));
        }
        return events;
    }

    /** True if the last thing told is that the node is gone, or that all has to be read again. */
    private boolean replay(W watch, NodeTree tree, long afterRevision, List<M> events) {
        if (afterRevision < 0 || afterRevision >= tree.revision()) {
            return false;
        }
        Optional<List<Change>> missed = history.after(afterRevision);
        if (missed.isEmpty()) {
            events.add(watch.offerResync(tree.revision()));
            return true;
        }
        boolean told = false;
        for (Change change : missed.get()) {
            if (watch.interest().wants(change)) {
                events.add(watch.offer(change));
                told = true;
            }
        }
        return told;
    }

    void remove(W watch) {
        watches.remove(watch);
    }

    /** How many watches there are; answered from any thread. */
    int size() {
        return watches.size();
    }
}
