package io.conclave.backend.inmemory.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages as frames. */
class WireTest {
    private static final NodePath N = NodePath.of("/n/\u00e9");
    private static final Node NODE =
            new Node(N, OptionalLong.of(7), OptionalLong.empty(), OptionalLong.of(9), 3, "owner", Payload.utf8("data"));

    static List<Message> messages() {
        Commit commit = Commit.builder(new OpId(1, 2), Long.MAX_VALUE)
                .guard(Guard.present(N, 4))
                .write(Write.createSequential(N, "lock-", Payload.utf8("x"), CreateMode.EPHEMERAL_SEQUENTIAL))
                .then(new Query.Children(N, List.of("lock-", "b-"), Query.Bound.BEFORE_OWN_CREATE, 2, true))
                .then(Query.subtree(N, 5, NodePath.of("/n/x"), 2))
                .then(Query.get(N))
                .build();
        View one = new View.OfNode(Optional.of(NODE));
        View none = new View.OfNode(Optional.empty());
        View more = new View.OfNodes(List.of(NODE, Node.listed(N, OptionalLong.empty())), true);
        return List.of(
                new Message.Hello(1, "store"),
                new Message.Welcome(1, "store", 3, true, "127.0.0.1:1"),
                new Message.Rejected(Message.Rejection.OTHER_STORE, "no"),
                new Message.Ping(),
                new Message.Pong(),
                new Message.Moved(""),
                new Message.Open(1, 2, "key", 3, 4, NodePath.root()),
                new Message.Opened(1, 2, "id", 3, 4),
                new Message.Attach(1, 2, "id", N),
                new Message.Beat(1, 2),
                new Message.Done(1, 2, 3),
                new Message.Failed(1, 2, Message.Failure.NOT_ATTACHED, "why"),
                new Message.Ended(1, 2),
                new Message.End(1, 2, "id"),
                new Message.DoCommit(1, 2, commit, Set.of(new OpId(3, 4))),
                new Message.Result(
                        1, 2, 3, new CommitResult.Applied(OptionalLong.of(5), List.of(NODE), List.of(one, none, more))),
                new Message.Result(1, 2, 3, new CommitResult.Refused(4, List.of(one))),
                new Message.Withdraw(1, 2, new OpId(3, 4), Set.of()),
                new Message.Withdrawn(1, 2, 3, Withdrawal.UNDONE),
                new Message.Read(1, 2, true, commit.then()),
                new Message.Views(1, 2, 3, List.of(one, none, more)),
                new Message.Watch(
                        1, 2, new WatchSpec(new WatchSpec.SubtreeOf(N), 3, Set.of(WatchSpec.Kind.CHANGED)), -1, true),
                new Message.Watch(1, 2, WatchSpec.gone(N, 0), 4, false),
                new Message.Watch(1, 2, WatchSpec.children(N), 4, false),
                new Message.Unwatch(1, 2),
                new Message.Events(
                        1,
                        2,
                        3,
                        List.of(
                                new Message.Event(4, WatchSpec.Kind.CHILDREN, N, 5),
                                new Message.Event(4, null, NodePath.root(), 5))),
                new Message.AskStatus(1),
                new Message.Status(1, Map.of("a", "b")),
                new Message.Transfer(1, 2));
    }

    private static byte[] body(Message message) {
        byte[] frame = Wire.encode(message);
        return Arrays.copyOfRange(frame, Integer.BYTES, frame.length);
    }

    @Test
    void everyTypeIsHere() {
        Set<MessageType> types = EnumSet.noneOf(MessageType.class);
        messages().forEach(message -> types.add(message.type()));
        assertThat(types).containsExactlyInAnyOrder(MessageType.values());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatIsWrittenIsRead(Message message) {
        assertThat(Wire.decode(body(message))).isEqualTo(message);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void nothingThatIsCutOrTooLongIsRead(Message message) {
        byte[] whole = body(message);
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Wire.decode(cut)).isInstanceOf(MalformedException.class);
        }
        byte[] longer = Arrays.copyOf(whole, whole.length + 1);
        assertThatThrownBy(() -> Wire.decode(longer)).isInstanceOf(MalformedException.class);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void bytesThatAreNotOursAreRefusedInOneWay(Message message) {
        Random random = new Random(11);
        byte[] whole = body(message);
        for (int i = 0; i < 5_000; i++) {
            byte[] bad = whole.clone();
            bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            try {
                Wire.decode(bad);
            } catch (MalformedException refused) {
                assertThat(refused).hasNoSuppressedExceptions();
            }
        }
    }

    /** The length of a list is compared with the bytes that are there, not believed. */
    @Test
    void aListOfBillionsIsRefusedBeforeAnythingIsAllocated() {
        byte[] bytes = new WireWriter(100)
                .octet(MessageType.VIEWS.code())
                .wide(1)
                .number(2)
                .wide(3)
                .number(Integer.MAX_VALUE)
                .toByteArray();
        assertThatThrownBy(() -> Wire.decode(bytes)).hasMessageContaining("a list of 2147483647 in 0 bytes");
    }

    @Test
    void anAnswerThatIsTooLongGivesWayToAShorterOne() {
        View big = new View.OfNode(Optional.of(new Node(
                N, OptionalLong.empty(), OptionalLong.of(1), OptionalLong.of(1), 0, "", Payload.of(new byte[1_000]))));
        Message views = new Message.Views(1, 2, 3, List.of(big));
        WireWriter failed = Wire.frameOrShorter(views, 500);
        assertThat(decode(failed))
                .isInstanceOfSatisfying(
                        Message.Failed.class,
                        found -> assertThat(found.failure()).isEqualTo(Message.Failure.TOO_LARGE));
        Message result =
                new Message.Result(1, 2, 3, new CommitResult.Applied(OptionalLong.of(5), List.of(NODE), List.of(big)));
        assertThat(decode(Wire.frameOrShorter(result, 500)))
                .isEqualTo(new Message.Result(
                        1, 2, 3, new CommitResult.Applied(OptionalLong.of(5), List.of(NODE), List.of())));
        assertThat(Wire.frameOrShorter(new Message.Moved("x".repeat(600)), 500)).isNull();
    }

    private static Message decode(WireWriter frame) {
        return Wire.decode(Arrays.copyOfRange(frame.toByteArray(), Integer.BYTES, frame.size()));
    }
}
