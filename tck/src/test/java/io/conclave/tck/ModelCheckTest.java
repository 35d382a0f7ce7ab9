package io.conclave.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The model check finds broken backends and repeats what it found from the seed that it prints. */
final class ModelCheckTest {
    private static final long PROGRAMS = 60;

    private static boolean finds(long seed, Bug bug) {
        try {
            ModelCheck.of(seed).run(new RefUnderTest(bug, Duration.ofSeconds(3)));
            return false;
        } catch (AssertionError found) {
            assertThat(found)
                    .hasMessageContaining("-Dconclave.tck.seed=" + seed)
                    .hasMessageContaining("-Dconclave.tck.programs=1");
            return true;
        }
    }

    private static long seedThatFinds(Bug bug) {
        return LongStream.rangeClosed(1, PROGRAMS)
                .filter(candidate -> finds(candidate, bug))
                .findFirst()
                .orElseThrow(() -> new AssertionError("none of " + PROGRAMS + " programs shows " + bug));
    }

    @ParameterizedTest
    @EnumSource(
            value = Bug.class,
            names = {
                "SESSION_ID_REUSED",
                "CLOSE_ANSWERS_EARLY",
                "RESERVED_LISTED",
                "DIRECTORY_GUARD_PRESENT",
                "DIRECTORY_BLOCKS_CREATE",
                "DELETE_TAKES_CHILDREN",
                "PUT_CREATES",
                "DELETE_OF_NOTHING",
                "FOREIGN_PUT",
                "CREATED_REVISION_MOVES",
                "VERSION_STANDS_STILL",
                "REVISION_REPEATS",
                "ORDER_BY_NAME",
                "FIRST_IS_LAST",
                "SAME_ORDER_IGNORED",
                "SAME_ORDER_AS_NOTHING",
                "LAST_GUARD_NAMED",
                "PARTIAL_COMMIT",
                "READS_BEFORE_WRITES",
                "CREATED_REVERSED",
                "LIMIT_KEEPS_FARTHEST",
                "DEPTH_FIRST",
                "NAMESAKES_LISTED",
                "WATCH_TIRES"
            })
    void findsABugAndRepeatsIt(Bug bug) {
        assertThat(finds(seedThatFinds(bug), bug)).as("the same seed again").isTrue();
    }

    @Test
    void aProgramIsAFunctionOfItsSeed() {
        long seed = seedThatFinds(Bug.CREATED_REVERSED);
        assertThat(steps(seed)).isGreaterThan(1).isEqualTo(steps(seed));
    }

    /** The number of lines of the report: one for each step. */
    private static long steps(long seed) {
        AssertionError found = catchThrowableOfType(
                AssertionError.class, () -> ModelCheck.of(seed).run(new RefUnderTest(Bug.CREATED_REVERSED)));
        assertThat(found).hasMessageContaining("the program so far");
        return String.valueOf(found.getMessage()).lines().count();
    }

    @Test
    void theUnbrokenBackendPasses() {
        assertThatCode(() -> LongStream.rangeClosed(1_000, 1_200)
                        .forEach(seed -> ModelCheck.of(seed).run(new RefUnderTest(Bug.NONE))))
                .doesNotThrowAnyException();
    }
}
