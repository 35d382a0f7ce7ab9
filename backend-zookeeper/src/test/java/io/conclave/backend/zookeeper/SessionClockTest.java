package io.conclave.backend.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SessionClockTest {
    private static final long TTL = 4_800;
    private static final long FULL = TTL - TTL / 16;

    @Test
    void oneWriteProvesAThird() {
        assertThat(new SessionClock(TTL, 1_000).validUntil()).isEqualTo(1_000 + TTL / 3);
    }

    @Test
    void aWriteAQuarterLaterProvesTheFullTimeOutOfTheOneBefore() {
        SessionClock clock = new SessionClock(TTL, 0);
        clock.acknowledged(TTL / 4 - 1);
        assertThat(clock.validUntil()).isEqualTo(TTL / 4 - 1 + TTL / 3);
        clock.acknowledged(TTL / 4);
        assertThat(clock.validUntil()).isEqualTo(FULL);
    }

    @Test
    void afterALongPauseOnlyTheLatestCounts() {
        SessionClock clock = new SessionClock(TTL, 0);
        clock.acknowledged(10 * TTL);
        assertThat(clock.validUntil()).isEqualTo(10 * TTL + TTL / 3);
    }

    @Test
    void beliefNeverDecreasesAndNeverExceedsATimeOutFromTheLatestSend() {
        SessionClock clock = new SessionClock(TTL, Long.MAX_VALUE - 3 * TTL);
        java.util.Random random = new java.util.Random(3);
        long sent = Long.MAX_VALUE - 3 * TTL;
        long before = clock.validUntil();
        for (int i = 0; i < 10_000; i++) {
            sent += random.nextInt((int) TTL / 5);
            clock.acknowledged(sent);
            assertThat(clock.validUntil() - before).isNotNegative();
            assertThat(clock.validUntil() - sent).isBetween(TTL / 3, FULL);
            before = clock.validUntil();
        }
    }

    @Test
    void steadyBeatsKeepBeliefAtLeastHalfATimeOutAhead() {
        SessionClock clock = new SessionClock(TTL, 0);
        for (long sent = 0; sent < 100 * TTL; sent += TTL / 6) {
            clock.acknowledged(sent);
            if (sent >= TTL) {
                assertThat(clock.validUntil() - sent).isGreaterThanOrEqualTo(TTL / 2);
            }
        }
    }
}
