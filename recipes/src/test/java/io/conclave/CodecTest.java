package io.conclave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.internal.StandardCodecs;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the codecs of the library write and refuse. */
class CodecTest {
    private static final NodePath PATH = NodePath.of("/values/one");

    @Test
    void everyValueComesBack() {
        for (String text : List.of("", "wörld", "\u0000", "\uD83D\uDE00")) {
            assertThat(Codec.utf8().decode(Codec.utf8().encode(text))).isEqualTo(text);
        }
        for (long number : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
            assertThat(Codec.longs().decode(Codec.longs().encode(number))).isEqualTo(number);
        }
        for (int number : new int[] {0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThat(Codec.ints().decode(Codec.ints().encode(number))).isEqualTo(number);
        }
        assertThat(Codec.bytes().decode(Codec.bytes().encode(new byte[] {1, 0, -1})))
                .containsExactly(1, 0, -1);
    }

    @Test
    void numbersHaveTheHighestByteFirst() {
        assertThat(Codec.longs().encode(258L)).containsExactly(0, 0, 0, 0, 0, 0, 1, 2);
        assertThat(Codec.ints().encode(-2)).containsExactly(-1, -1, -1, -2);
    }

    @Test
    void bytesAreCopied() {
        byte[] mine = {1};
        byte[] written = Codec.bytes().encode(mine);
        mine[0] = 2;
        assertThat(written).containsExactly(1);
    }

    @Test
    void whatCannotBeWrittenIsRefusedAndNotReplaced() {
        assertThatThrownBy(() -> Codec.utf8().encode("a\uD83D"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lone surrogate");
        assertThatThrownBy(() -> StandardCodecs.encode(Codec.of(value -> null, bytes -> "x"), "x"))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("encoded a value as null");
    }

    @Test
    void foreignBytesAreToldWithTheirPath() {
        for (Codec<?> codec :
                List.of(Codec.utf8(), Codec.longs(), Codec.ints(), Codec.of(value -> new byte[0], bytes -> null))) {
            assertThatThrownBy(() -> StandardCodecs.decode(codec, PATH, Payload.of(new byte[] {-1, -1, -1})))
                    .isInstanceOf(UnreadableDataException.class)
                    .hasMessageContaining("3 bytes of /values/one");
        }
    }
}
