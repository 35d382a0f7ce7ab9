package io.conclave.backend.inmemory;

import static io.conclave.backend.inmemory.Trees.at;
import static io.conclave.backend.inmemory.Trees.contender;
import static io.conclave.backend.inmemory.Trees.delete;
import static io.conclave.backend.inmemory.Trees.ephemeral;
import static io.conclave.backend.inmemory.Trees.persistent;
import static io.conclave.backend.inmemory.Trees.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same commands make the same bytes, and the bytes make the same tree. */
class TreeSnapshotTest {
    private static final int COMMANDS = 3_000;
    private static final String VERSION_1 =
            "434e56540000000100000000000003e900000000000003e90000000100022f6e0000000000000000"
                    + "0003e900000000000000000000000176000000010010303030303030303030303030303365392cfa"
                    + "2f23425329e100000000000000010000000000002710000000030000000000000007000000000000"
                    + "00010200000000000003e9000000000100022f6e0000000000000000000000000000000000070000"
                    + "00000000000200000000000000000000000007000000000000000301001b746865206f7065726174"
                    + "696f6e207761732077697468647261776ecb418447";

    private static final String VERSION_2 =
            "434e56540000000200000000000003e900000000000003e90000000100022f6e0000000000000000"
                    + "0003e900000000000003e90000000000000000000000017600000001001030303030303030303030"
                    + "3030303365392cfa2f23425329e10000000000000001000000000000271000000003000000000000"
                    + "000700000000000000010200000000000003e9000000000100022f6e000000000000000000000000"
                    + "000000000007000000000000000200000000000000000000000007000000000000000301001b7468"
                    + "65206f7065726174696f6e207761732077697468647261776efca2ce59";

    private static final String VERSION_3 =
            "434e565400000003000573746f726500000000000003e900000000000003e90000000100022f6e00"
                    + "000000000000000003e900000000000003e900000000000000000000000176000000010010303030"
                    + "3030303030303030303033653900036b65792cfa2f23425329e10000000000000001000000000000"
                    + "271000000003000000000000000700000000000000010200000000000003e9000000000100022f6e"
                    + "00000000000000000000000000000000000700000000000000020000000000000000000000000700"
                    + "0000000000000301001b746865206f7065726174696f6e207761732077697468647261776e919bd6"
                    + "d5";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void sameCommandsGiveSameBytesAlsoAfterARestoreHalfWay(long seed) {
        List<Command> commands = randomCommands(seed);
        NodeTree straight = new NodeTree(Trees.BASE);
        NodeTree again = new NodeTree(Trees.BASE);
        List<Change> changes = new ArrayList<>();
        List<Change> changesAgain = new ArrayList<>();
        int applied = 0;
        for (int i = 0; i < commands.size(); i++) {
            Reply reply = straight.apply(commands.get(i), changes);
            applied += reply instanceof Reply.Committed ? 1 : 0;
            if (i % 500 == 250) {
                again = NodeTree.restore(again.snapshot());
            }
            assertThat(again.apply(commands.get(i), changesAgain))
                    .as("reply %d of seed %d", i, seed)
                    .isEqualTo(reply);
        }
        assertThat(again.snapshot()).as("seed %d", seed).isEqualTo(straight.snapshot());
        assertThat(changesAgain).isEqualTo(changes);
        assertThat(applied).as("commits applied with seed %d", seed).isGreaterThan(COMMANDS / 10);
        assertThat(straight.contenders).hasSameSizeAs(again.contenders);
    }

    private static List<Command> randomCommands(long seed) {
        Random random = new Random(seed);
        List<Command> commands = new ArrayList<>();
        int opened = 0;
        for (int i = 0; i < COMMANDS; i++) {
            String session = String.format("%016x", Trees.BASE + opened - random.nextInt(5));
            OpId opId = new OpId(3, i - random.nextInt(8));
            int kind = random.nextInt(40);
            if (kind == 0) {
                commands.add(new Command.EndSession(session));
            } else if (kind < 3 || i == 0) {
                opened++;
                commands.add(new Command.OpenSession(random.nextBoolean() ? "" : "key" + i, i, 1_000));
            } else if (kind < 6) {
                commands.add(new Command.Withdraw(session, opId, Set.of()));
            } else {
                commands.add(new Command.Commit(session, opId, randomGuards(random), randomWrites(random), Set.of()));
            }
        }
        return commands;
    }

    private static List<Guard> randomGuards(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> List.of(Guard.present(at(path(random))));
            case 1 -> List.of(Guard.absent(at(path(random))));
            case 2 -> List.of(Guard.versionIs(at(path(random)), random.nextInt(2)));
            default -> List.of();
        };
    }

    private static List<Write> randomWrites(Random random) {
        List<Write> writes = new ArrayList<>();
        boolean sequential = false;
        for (int left = 1 + random.nextInt(3); left > 0; left--) {
            switch (random.nextInt(sequential ? 4 : 6)) {
                case 0 -> writes.add(persistent(path(random)));
                case 1 -> writes.add(ephemeral(path(random)));
                case 2 -> writes.add(put(path(random), "v" + random.nextInt()));
                case 3 -> writes.add(delete(path(random)));
                case 4 -> {
                    sequential = true;
                    writes.add(contender("/q" + random.nextInt(3), "lock-"));
                }
                default -> {
                    sequential = true;
                    writes.add(Write.createSequential(
                            at("/p"), "item-", Payload.utf8("x"), CreateMode.PERSISTENT_SEQUENTIAL));
                }
            }
        }
        return writes;
    }

    private static String path(Random random) {
        String[] names = {"a", "b", "a.b", "x-lock-0000000003"};
        StringBuilder path = new StringBuilder();
        for (int left = 1 + random.nextInt(3); left > 0; left--) {
            path.append('/').append(names[random.nextInt(names.length)]);
        }
        return path.toString();
    }

    @Test
    void aDamagedSnapshotIsRefused() {
        Trees trees = new Trees();
        trees.applied(trees.session(), persistent("/n"), contender("/q", "lock-"));
        byte[] good = trees.tree.snapshot();
        for (int i = 8; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            assertThatThrownBy(() -> NodeTree.restore(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("checksum");
        }
        byte[] cut = Arrays.copyOf(good, good.length - 1);
        assertThatThrownBy(() -> NodeTree.restore(cut)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> NodeTree.restore(new byte[3])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUnknownVersionIsRefusedByItsNumber() {
        byte[] later = new Trees().tree.snapshot();
        later[7] = 4;
        assertThatThrownBy(() -> NodeTree.restore(later)).hasMessageContaining("version 4");
        later[0] = 0;
        assertThatThrownBy(() -> NodeTree.restore(later)).hasMessageContaining("no snapshot");
    }

    @ParameterizedTest
    @ValueSource(strings = {VERSION_1, VERSION_2})
    void aSnapshotOfAnEarlierVersionIsRead(String released) {
        Trees trees = new Trees();
        someCommands(trees, "");
        NodeTree old = NodeTree.restore(HexFormat.of().parseHex(released));
        assertThat(HexFormat.of().formatHex(old.snapshot()))
                .isEqualTo(HexFormat.of().formatHex(trees.tree.snapshot()));
    }

    /** If this fails, the format has changed: it needs a new version and a reader for this one. */
    @Test
    void aSnapshotOfVersion3IsReadAndWrittenAsItWasReleased() {
        Trees trees = new Trees();
        trees.tree.apply(new Command.Begin("store", Trees.BASE), new ArrayList<>());
        someCommands(trees, "key");
        byte[] released = HexFormat.of().parseHex(VERSION_3);
        assertThat(HexFormat.of().formatHex(trees.tree.snapshot())).isEqualTo(VERSION_3);
        assertThat(NodeTree.restore(released).snapshot()).isEqualTo(released);
    }

    private static void someCommands(Trees trees, String key) {
        String session = ((Reply.Opened) trees.tree.apply(new Command.OpenSession(key, 1, 10_000), new ArrayList<>()))
                .sessionId();
        trees.applied(session, persistent("/n"));
        trees.commit(session, put("/missing", "x"));
        trees.withdraw(session, trees.nextId());
    }

    @Test
    void aCaptureIsNotTouchedByWhatComesAfter() {
        Trees trees = new Trees();
        String session = trees.session();
        trees.applied(session, persistent("/n"));
        trees.applied(session, contender("/q", "lock-"));
        TreeCapture capture = TreeCapture.of(trees.tree);
        byte[] before = trees.tree.snapshot();
        trees.applied(session, put("/n", "changed"));
        trees.applied(session, persistent("/later"));
        trees.end(session);
        assertThat(TreeSnapshot.write(capture)).isEqualTo(before).isNotEqualTo(trees.tree.snapshot());
    }

    @Test
    void aSessionOpenedWithAKeyIsFoundByItWhileItLives() {
        NodeTree tree = new NodeTree(Trees.BASE);
        Reply first = tree.apply(new Command.OpenSession("k", 1, 1_000), new ArrayList<>());
        NodeTree again = NodeTree.restore(tree.snapshot());
        assertThat(again.apply(new Command.OpenSession("k", 1, 1_000), new ArrayList<>()))
                .isEqualTo(first);
        again.apply(new Command.EndSession(((Reply.Opened) first).sessionId()), new ArrayList<>());
        assertThat(again.apply(new Command.OpenSession("k", 1, 1_000), new ArrayList<>()))
                .isNotEqualTo(first);
    }
}
