package io.conclave.backend.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.zookeeper.Names.Contender;
import io.conclave.spi.OpId;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamesTest {
    private static final OpId ID = new OpId(0x0123456789abcdefL, 7);
    private static final String MINE = "_c_01234567-89ab-cdef-0000-000000000007-";

    @ParameterizedTest
    @CsvSource({
        "_c_x-lock-0000000012, lock-, 12",
        "a__lock__0000000012, __lock__, 12",
        "a__lock__0000000012, lock-, ",
        "lock-2147483647, lock-, 2147483647",
        "lock--2147483648, lock-, -2147483648",
        "lock--000000001, lock-, -1",
        "lock-1234567890, lock-, 1234567890",
        "lock-1234567890, lock, -1234567890",
        "lock-2147483648, lock-, ",
        "lock-123456789, lock-, ",
        "lock-00000000x1, lock-, ",
        "lock-, lock-, ",
        "0000000012, lock-, ",
        "ock-0000000012, lock-, ",
    })
    void theNumberAfterATag(String name, String tag, Integer expected) {
        OptionalInt sequence = expected == null ? OptionalInt.empty() : OptionalInt.of(expected);
        assertThat(Names.sequence(name, tag)).isEqualTo(sequence);
    }

    @ParameterizedTest
    @CsvSource({
        "lock-0000000012, 12",
        "lock--000000012, -12",
        "lock-1234567890, 1234567890",
        "__WRIT__-2147483648, -2147483648"
    })
    void theNumberInANameOfOurOwn(String rest, int expected) {
        assertThat(Names.ownSequence(MINE + rest)).hasValue(expected);
        assertThat(Names.opId(MINE + rest)).contains(ID);
    }

    @Test
    void foreignNamesHaveNoNumberOfOurs() {
        assertThat(Names.ownSequence("_c_0123456789abcdef0123456789abcdef-lock-0000000001"))
                .isEmpty();
        assertThat(Names.ownSequence(MINE + "0000000001")).isEmpty();
        assertThat(Names.ownSequence(MINE + "lock-")).isEmpty();
        assertThat(Names.ownSequence("x")).isEmpty();
    }

    @Test
    void namesAreComposedAsTheServerDoes() {
        assertThat(Names.stem(ID, "lock-")).isEqualTo(MINE + "lock-");
        assertThat(Names.numbered("lock-", 5)).isEqualTo("lock-0000000005");
        assertThat(Names.numbered("lock-", -5)).isEqualTo("lock--000000005");
        assertThat(Names.numbered("lock-", Integer.MIN_VALUE)).isEqualTo("lock--2147483648");
    }

    @Test
    void theOrderSurvivesTheWrap() {
        List<Contender> wrapped = List.of(
                new Contender("d", Integer.MIN_VALUE + 1, 0),
                new Contender("a", Integer.MAX_VALUE - 1, 0),
                new Contender("c", Integer.MIN_VALUE, 0),
                new Contender("b", Integer.MAX_VALUE, 0));
        assertThat(Names.inOrder(wrapped)).extracting(Contender::name).containsExactly("a", "b", "c", "d");
    }

    @Test
    void equalNumbersAreOrderedByCreationWhereKnownElseByName() {
        assertThat(Names.inOrder(List.of(new Contender("b", 1, 0), new Contender("a", 1, 0))))
                .extracting(Contender::name)
                .containsExactly("a", "b");
        assertThat(Names.inOrder(List.of(new Contender("b", 1, 7), new Contender("a", 1, 8))))
                .extracting(Contender::name)
                .containsExactly("b", "a");
    }
}
