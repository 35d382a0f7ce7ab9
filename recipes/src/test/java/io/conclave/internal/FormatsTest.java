package io.conclave.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.TokenEpoch;
import io.conclave.UnsupportedLayoutException;
import io.conclave.spi.Payload;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The layouts that others rely on: tokens, the contender's data, the epoch's node; and the order of the default URL's sources. */
class FormatsTest {
    private static final long REVISION_MAX = (1L << 50) - 1;

    /** {@code 0 | 7 bits epoch | 50 bits revision | 6 bits hand-off}: positive, and ordered by epoch, then revision. */
    @Test
    void tokensAreOrderedByEpochAndThenByRevision() {
        assertThat(FencingTokens.of(0, 1)).isEqualTo(64);
        assertThat(FencingTokens.of(1, 1)).isEqualTo((1L << 56) + 64);
        assertThat(FencingTokens.of(0, REVISION_MAX)).isLessThan(FencingTokens.of(1, 1));
        assertThat(FencingTokens.of(127, REVISION_MAX)).isPositive().isEqualTo(Long.MAX_VALUE - 63);
        for (int epoch : new int[] {0, 1, 64, 127}) {
            for (long revision : new long[] {1, 2, 1L << 32, REVISION_MAX}) {
                assertThat(FencingTokens.revision(FencingTokens.of(epoch, revision)))
                        .isEqualTo(revision);
            }
        }
    }

    @Test
    void whatDoesNotFitIntoATokenFailsLoudly() {
        for (long revision : new long[] {0, -1, REVISION_MAX + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> FencingTokens.of(0, revision)).isInstanceOf(IllegalStateException.class);
        }
        for (int epoch : new int[] {-1, 128, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> FencingTokens.of(epoch, 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void contenderDataIsReadBackAsItWasWritten() {
        for (String owner : List.of("pid-7", "a b", "ä=ö&ü", "%", "x".repeat(200), "日本")) {
            Payload written = ContenderData.write(owner, 1_700_000_000_123L);
            assertThat(written.asUtf8())
                    .startsWith("conclave-contender/1\nowner=")
                    .endsWith("\n");
            ContenderData read = ContenderData.read(written);
            assertThat(read.owner()).isEqualTo(owner);
            assertThat(read.since()).contains(Instant.ofEpochMilli(1_700_000_000_123L));
        }
    }

    /** Whoever wrote it: what is shown is short and has no control character. */
    @Test
    void aLabelIsShownShortAndWithoutControlCharacters() {
        Payload hostile = ContenderData.write("\u001b[31mevil\n\u009b2J" + "x".repeat(5_000), 1);
        String owner = ContenderData.read(hostile).owner();
        assertThat(owner).startsWith("?[31mevil??2Jx").hasSize(200);
        assertThat(owner.chars()).noneMatch(Character::isISOControl);
    }

    @Test
    void foreignContenderDataIsShownAsTextAndNeverRefused() {
        assertThat(ContenderData.read(Payload.utf8("10.0.0.7")).owner()).isEqualTo("10.0.0.7");
        assertThat(ContenderData.read(Payload.empty()))
                .isEqualTo(new ContenderData("", java.util.Optional.empty(), java.util.OptionalLong.empty()));
        assertThat(ContenderData.read(Payload.of(new byte[] {(byte) 0xff, 0, 27}))
                        .owner())
                .isEqualTo("\ufffd??");
        assertThat(ContenderData.read(Payload.utf8("y".repeat(10_000))).owner()).hasSize(80);
        for (String broken : List.of(
                "conclave-contender/2\nowner=a\nsince=1\n",
                "conclave-contender/1\nowner=%zz\nsince=1\n",
                "conclave-contender/1\nowner=a\nsince=soon\n",
                "conclave-contender/1\nowner=a\nsince=99999999999999999999\n",
                "conclave-contender/1\nowner=a\n",
                "conclave-contender/1\nsince=1\nowner=a\n")) {
            assertThat(ContenderData.read(Payload.utf8(broken)).since())
                    .as(broken)
                    .isEmpty();
        }
    }

    @Test
    void theEpochsNodeIsReadStrictly() {
        assertThat(EpochKeeper.parse(Payload.empty())).isZero();
        for (int epoch : new int[] {1, 99, TokenEpoch.MAX}) {
            assertThat(EpochKeeper.parse(EpochKeeper.format(epoch))).isEqualTo(epoch);
        }
        for (String other : List.of(
                "conclave-namespace/1\nepoch=128\n",
                "conclave-namespace/1\nepoch=-1\n",
                "conclave-namespace/1\nepoch=1",
                "conclave-namespace/2\nepoch=1\n",
                "conclave-namespace/1\nepoch=1\nmore=1\n",
                "1")) {
            assertThatThrownBy(() -> EpochKeeper.parse(Payload.utf8(other)))
                    .isInstanceOf(UnsupportedLayoutException.class);
        }
    }

    @Test
    void theDefaultUrlComesFromPropertyThenVariableThenFile() {
        assertThat(DefaultUrl.find("p:", "v:", "f:")).isEqualTo("p:");
        assertThat(DefaultUrl.find(null, "v:", "f:")).isEqualTo("v:");
        assertThat(DefaultUrl.find(" ", "", " f: ")).isEqualTo("f:");
        assertThatThrownBy(() -> DefaultUrl.find(null, " ", null))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(DefaultUrl.PROPERTY)
                .hasMessageContaining(DefaultUrl.VARIABLE)
                .hasMessageContaining(DefaultUrl.FILE);
    }

    /** Pauses between tries grow and are bounded. */
    @Test
    void retryPausesGrowToOneSecondAndAHalfAtMost() {
        for (int attempt = 1; attempt < 1_000; attempt++) {
            assertThat(RetryPolicy.pause(attempt)).isBetween(Duration.ofMillis(10), Duration.ofMillis(1_500));
        }
    }
}
