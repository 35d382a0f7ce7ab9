package io.conclave.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    private static final NodePath DIR = NodePath.of("/dir");

    @Test
    void aPayloadIsCopiedBothWays() {
        byte[] bytes = {1, 2, 3};
        Payload payload = Payload.of(bytes);
        bytes[0] = 9;
        payload.toByteArray()[1] = 9;
        assertThat(payload).isEqualTo(Payload.of(new byte[] {1, 2, 3}));
        assertThat(payload.toString()).isEqualTo("Payload[3 bytes]");
    }

    @Test
    void aSecretNeverShows() {
        Credentials credentials = Credentials.password("me", Secret.of("canary"));
        assertThat(credentials.toString()).doesNotContain("canary");
        assertThat(credentials.password().reveal()).isEqualTo("canary".toCharArray());
        assertThatIllegalArgumentException().isThrownBy(() -> Credentials.password("a:b", Secret.of("x")));
    }

    @Test
    void anOperationIdHasOneTextForm() {
        OpId id = new OpId(0x0123456789abcdefL, 42);
        assertThat(id.toUuidText()).hasSize(36).isEqualTo("01234567-89ab-cdef-0000-00000000002a");
        assertThat(OpId.ofUuidText(id.toUuidText())).isEqualTo(id);
        assertThatIllegalArgumentException().isThrownBy(() -> OpId.ofUuidText("1-2-3-4-5"));
    }

    /** Rule O3. */
    @Test
    void twoSequentialCreatesInOneDirectoryAreRefused() {
        Commit.Builder builder = Commit.builder(new OpId(1, 1), 0)
                .write(Write.createSequential(DIR, "a-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL))
                .write(Write.createSequential(DIR, "b-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL));
        assertThatIllegalArgumentException().isThrownBy(builder::build);
    }

    @Test
    void aCommitWithoutWritesIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Commit.builder(new OpId(1, 1), 0).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a/b", "lock-1", "é-", "this-tag-is-much-too-long-for-a-name-"})
    void malformedTagsAreRefused(String tag) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Write.createSequential(DIR, tag, Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL));
    }

    @Test
    void valuesThatMeanAnyElsewhereAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Guard.versionIs(DIR, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> Query.subtree(DIR, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Write.delete(NodePath.root()));
        assertThatIllegalArgumentException().isThrownBy(() -> new SessionSpec(Duration.ZERO, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> new WatchSpec(new WatchSpec.OfNode(DIR), 0, Set.of()));
    }

    @Test
    void aDeadlineTooLongForTheScaleIsCut() {
        Timekeeper time = Timekeeper.system();
        assertThat(time.isPast(time.deadlineAfter(Duration.ofSeconds(Long.MAX_VALUE))))
                .isFalse();
        assertThat(time.isPast(time.deadlineAfter(Duration.ofSeconds(-5)))).isTrue();
        assertThat(time.until(time.deadlineAfter(Duration.ofHours(1)))).isGreaterThan(Duration.ofMinutes(59));
    }
}
