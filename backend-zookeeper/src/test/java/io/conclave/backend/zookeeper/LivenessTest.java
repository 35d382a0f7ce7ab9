package io.conclave.backend.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.SessionState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class LivenessTest {
    private static final Duration TTL = Duration.ofSeconds(6);

    private final ManualTime time = new ManualTime();
    private final List<SessionState> states = new ArrayList<>();
    private final Deque<Runnable> beats = new ArrayDeque<>();
    private final Liveness liveness = new Liveness(
            new Liveness.Owner() {
                @Override
                public void onState(SessionState state) {
                    states.add(state);
                }

                @Override
                public void onSilence() {
                    liveness().end(SessionState.LOST);
                }

                @Override
                public void sendBeat(Runnable replied) {
                    liveness().wrote(time.nanoTime());
                    beats.add(replied);
                }
            },
            time,
            Runnable::run,
            new SessionClock(TTL.toNanos(), time.nanoTime()),
            TTL.toNanos());

    private Liveness liveness() {
        return liveness;
    }

    /** Every beat is answered that long after it was sent. */
    private void answerBeats(int count, Duration delay) {
        for (int i = 0; i < count; i++) {
            assertThat(beats).as("beats under way").hasSize(1);
            Runnable beat = beats.remove();
            time.advance(delay);
            liveness.replied(true);
            beat.run();
            time.advance(TTL.dividedBy(6));
        }
    }

    @Test
    void anIdleSessionIsActiveAgainThoughItsFirstBeatAfterACutWasSlow() {
        liveness.disconnected();
        liveness.connected();
        answerBeats(1, TTL.dividedBy(3));
        assertThat(states).startsWith(SessionState.SUSPENDED).doesNotContain(SessionState.ACTIVE);
        answerBeats(1, TTL.dividedBy(100));
        time.advance(TTL.multipliedBy(10));
        assertThat(states).endsWith(SessionState.ACTIVE).doesNotContain(SessionState.LOST);
        assertThat(beats).as("an idle session in contact needs no beats").isEmpty();
    }

    @Test
    void aSessionThatIsHeardIsNotLostHoweverSlowTheWay() {
        liveness.disconnected();
        liveness.connected();
        answerBeats(20, TTL.dividedBy(2));
        assertThat(states).startsWith(SessionState.SUSPENDED).doesNotContain(SessionState.ACTIVE, SessionState.LOST);
    }
}
