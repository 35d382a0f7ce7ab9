package io.conclave.tck;

import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers which states a session reported, and when. */
final class StateLog implements SessionListener {
    private record Entry(SessionState state, long atNanos) {}

    private final Timekeeper time;
    private final SessionListener also;
    private final List<Entry> heard = new CopyOnWriteArrayList<>();

    StateLog(Timekeeper time, SessionListener also) {
        this.time = time;
        this.also = also;
    }

    @Override
    public void onState(Session session, SessionState state) {
        heard.add(new Entry(state, time.nanoTime()));
        also.onState(session, state);
    }

    /** The reported states; an ACTIVE told at the very beginning is left out. */
    List<SessionState> changes() {
        List<SessionState> states = new ArrayList<>();
        for (Entry entry : heard) {
            if (!states.isEmpty() || entry.state() != SessionState.ACTIVE) {
                states.add(entry.state());
            }
        }
        return states;
    }

    /** Everything, as it was told. */
    List<SessionState> raw() {
        return heard.stream().map(Entry::state).toList();
    }

    boolean has(SessionState state) {
        return heard.stream().anyMatch(entry -> entry.state() == state);
    }

    /** When the state was first told. */
    OptionalLong when(SessionState state) {
        return heard.stream()
                .filter(entry -> entry.state() == state)
                .mapToLong(Entry::atNanos)
                .findFirst();
    }
}
