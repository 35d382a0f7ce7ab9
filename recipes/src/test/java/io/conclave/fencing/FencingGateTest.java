package io.conclave.fencing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** M3r: at the resource, nothing with an old token after something with a newer one. */
@Timeout(30)
class FencingGateTest {
    private final MarkStore marks = MarkStore.inMemory();
    private final FencingGate gate = FencingGate.of("r", marks);

    @Test
    void anExclusiveTokenKeepsOutAllThatIsOlder() {
        gate.enterExclusive(5);
        gate.enterExclusive(5);
        assertThatThrownBy(() -> gate.enterExclusive(4)).isInstanceOfSatisfying(StaleTokenException.class, stale -> {
            assertThat(stale.token()).isEqualTo(4);
            assertThat(stale.mark()).isEqualTo(5);
        });
        assertThatThrownBy(() -> gate.enterShared(4)).isInstanceOf(StaleTokenException.class);
        gate.enterShared(5);
        gate.enterExclusive(7);
        assertThat(marks.read("r")).isEqualTo(new Marks(7, 5));
    }

    @Test
    void sharedTokensLetEachOtherInAndKeepOutOlderExclusiveOnes() {
        gate.enterShared(9);
        gate.enterShared(3);
        assertThat(marks.read("r")).isEqualTo(new Marks(0, 9));
        assertThatThrownBy(() -> gate.enterExclusive(8)).isInstanceOf(StaleTokenException.class);
        gate.enterExclusive(9);
        assertThatThrownBy(() -> gate.enterShared(3)).isInstanceOf(StaleTokenException.class);
    }

    @Test
    void aRefusalChangesNothingAndResourcesAreApart() {
        gate.enterExclusive(5);
        assertThatThrownBy(() -> gate.enterExclusive(1)).isInstanceOf(StaleTokenException.class);
        assertThat(marks.read("r")).isEqualTo(new Marks(5, 0));
        FencingGate.of("other", marks).enterExclusive(1);
        assertThat(marks.read("r")).isEqualTo(new Marks(5, 0));
    }

    @Test
    void badTokensAndNamesAreRefused() {
        for (long token : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> gate.enterExclusive(token)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> gate.enterShared(token)).isInstanceOf(IllegalArgumentException.class);
        }
        gate.enterExclusive(Long.MAX_VALUE);
        assertThatThrownBy(() -> FencingGate.inMemory(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> FencingGate.of("r", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> new Marks(-1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Of all tokens that come at once each thread's accepted ones were not below the mark at their place: the highest wins and stays. */
    @Test
    void concurrentRaisesNeverLowerAMark() throws Exception {
        AtomicLong highestAccepted = new AtomicLong();
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<?>> running = new ArrayList<>();
        for (int thread = 0; thread < 8; thread++) {
            Random random = new Random(thread);
            running.add(pool.submit(() -> {
                for (int i = 0; i < 5_000; i++) {
                    long token = 1L + random.nextInt(1_000_000);
                    long before = highestAccepted.get();
                    try {
                        gate.enterExclusive(token);
                        assertThat(token).isGreaterThanOrEqualTo(before);
                        highestAccepted.accumulateAndGet(token, Math::max);
                    } catch (StaleTokenException stale) {
                        assertThat(stale.mark()).isGreaterThan(token);
                    }
                }
            }));
        }
        for (Future<?> each : running) {
            each.get();
        }
        pool.shutdownNow();
        assertThat(marks.read("r").exclusive()).isEqualTo(highestAccepted.get());
    }

    /** A store that refuses every replacement is an error, not an endless loop; what it throws passes through. */
    @Test
    void aStoreThatAlwaysRefusesIsAnError() {
        MarkStore refusing = new MarkStore() {
            @Override
            public Marks read(String resource) {
                return Marks.NONE;
            }

            @Override
            public boolean replace(String resource, Marks expected, Marks next) {
                return false;
            }
        };
        assertThatThrownBy(() -> FencingGate.of("r", refusing).enterExclusive(1))
                .isInstanceOf(IllegalStateException.class)
                .isNotInstanceOf(StaleTokenException.class);
    }
}
