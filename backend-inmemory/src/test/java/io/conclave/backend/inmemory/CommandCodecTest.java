package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.wire.MalformedException;
import io.conclave.backend.inmemory.wire.TooLongException;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands as entries of the log. */
class CommandCodecTest {
    private static final int MOST = 1 << 20;
    private static final NodePath N = NodePath.of("/n");

    static List<Command> commands() {
        return List.of(
                new Command.Begin("store", 77),
                new Command.OpenSession("key", -1, 10_000),
                new Command.EndSession("00ff"),
                new Command.Withdraw("00ff", new OpId(1, -2), Set.of(new OpId(3, 4), new OpId(5, 6))),
                new Command.Commit(
                        "00ff",
                        new OpId(Long.MIN_VALUE, Long.MAX_VALUE),
                        List.of(Guard.present(N), Guard.present(N, 5), Guard.absent(N), Guard.versionIs(N, 9)),
                        List.of(
                                Write.create(NodePath.of("/a/\u20ac"), Payload.utf8("x"), CreateMode.EPHEMERAL),
                                Write.put(N, Payload.empty()),
                                Write.delete(NodePath.of("/d")),
                                new Write.CreateSequential(
                                        NodePath.of("/q"),
                                        "lock-",
                                        Payload.utf8("y"),
                                        CreateMode.EPHEMERAL_SEQUENTIAL,
                                        NodePath.of("/q/model")),
                                Write.createSequential(
                                        NodePath.of("/p"), "item-", Payload.empty(), CreateMode.PERSISTENT_SEQUENTIAL)),
                        Set.of(new OpId(0, 0))));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void whatIsWrittenIsRead(Command command) {
        assertThat(CommandCodec.read(CommandCodec.write(command, MOST))).isEqualTo(command);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void nothingThatIsCutOrTooLongIsRead(Command command) {
        byte[] whole = CommandCodec.write(command, MOST);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> CommandCodec.read(cut)).isInstanceOf(MalformedException.class);
        }
        byte[] longer = Arrays.copyOf(whole, whole.length + 1);
        assertThatThrownBy(() -> CommandCodec.read(longer)).isInstanceOf(MalformedException.class);
        assertThatThrownBy(() -> CommandCodec.write(command, whole.length - 1)).isInstanceOf(TooLongException.class);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void bytesThatAreNotOursAreRefusedAndAllocateNothingLarge(Command command) {
        Random random = new Random(7);
        byte[] whole = CommandCodec.write(command, MOST);
        for (int i = 0; i < 20_000; i++) {
            byte[] bad = whole.clone();
            for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            try {
                CommandCodec.read(bad);
            } catch (MalformedException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void versionsAndKindsOfOthersAreRefused() {
        byte[] entry = CommandCodec.write(new Command.EndSession("s"), MOST);
        entry[0] = 2;
        assertThatThrownBy(() -> CommandCodec.read(entry)).hasMessageContaining("version 2");
        entry[0] = 1;
        entry[1] = 99;
        assertThatThrownBy(() -> CommandCodec.read(entry)).hasMessageContaining("kind 99");
    }

    /** If this fails, the format has changed: a member of the new version could not read the log of the old one. */
    @Test
    void theFormatIsTheOneThatWasReleased() {
        Command commit = new Command.Commit(
                "s", new OpId(1, 2), List.of(Guard.absent(N)), List.of(Write.put(N, Payload.utf8("d"))), Set.of());
        assertThat(HexFormat.of().formatHex(CommandCodec.write(commit, MOST)))
                .isEqualTo("01040000000173000000000000000100000000000000020000000102000000022f6e"
                        + "0000000102000000022f6e000000016400000000");
    }
}
