package io.conclave.barrier;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.View;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the node of a double barrier says: who was let in last, and who of them has left.
 *
 * @param generation how many times members were let in
 * @param parties how many are let in together
 * @param members the names of the nodes of those who were let in last, in their order
 * @param left the places in {@code members} of those who have left
 * @param broken which of the generations before were broken: the lowest bit is the last one
 */
record DoubleState(long generation, int parties, List<String> members, List<String> left, long broken) {
    static final String KIND = "double-barrier";
    private static final int REMEMBERED = 63;

    static DoubleState first(int parties) {
        return new DoubleState(0, parties, List.of(), List.of(), 0);
    }

    static Optional<DoubleState> read(NodePath path, View view) {
        return ((View.OfNode) view).node().map(node -> read(path, node));
    }

    static DoubleState read(NodePath path, Node node) {
        StateText text = StateText.read(path, KIND, node.data());
        return new DoubleState(
                text.generation(),
                Math.toIntExact(text.number("parties")),
                text.list("member"),
                text.list("left"),
                text.number("broken"));
    }

    Payload payload() {
        return StateText.of(KIND, generation)
                .with("parties", parties)
                .with("broken", broken)
                .with("member", members)
                .with("left", left)
                .payload();
    }

    /** The place of the member whose name holds this operation's id; -1 if it was not let in last. */
    int placeOf(String id) {
        return IntStream.range(0, members.size())
                .filter(place -> members.get(place).contains(id))
                .findFirst()
                .orElse(-1);
    }

    DoubleState with(int otherParties) {
        return new DoubleState(generation, otherParties, members, left, broken);
    }

    /** These are let in. */
    DoubleState next(List<String> names) {
        long bits = (broken << 1 | (isBroken() ? 1 : 0)) & Long.MAX_VALUE;
        return new DoubleState(generation + 1, parties, names, List.of(), bits);
    }

    DoubleState leftBy(int place) {
        List<String> more = new ArrayList<>(left);
        more.add(Integer.toString(place));
        return new DoubleState(generation, parties, members, more, broken);
    }

    /** Whether a member of the last generation has not left, to be asked when all are gone. */
    boolean isBroken() {
        return left.size() != members.size();
    }

    /** The same of an earlier generation; of one that is forgotten, true. */
    boolean wasBroken(long which) {
        long back = generation - 1 - which;
        return back >= REMEMBERED || (broken >> back & 1) == 1;
    }
}
