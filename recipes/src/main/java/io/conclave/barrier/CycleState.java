package io.conclave.barrier;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What the node of a cyclic barrier says.
 *
 * @param generation the generation that gathers now; its members' nodes carry it in their tag
 * @param parties how many wait for each other
 * @param broken whether this generation is broken
 * @param passed the last generation that was let through; 0 if none was. Those after it ended by a reset
 * @param members the names of the nodes of those who were let through then, in their order
 */
record CycleState(long generation, int parties, boolean broken, long passed, List<String> members) {
    static final String KIND = "cyclic-barrier";

    static CycleState first(int parties) {
        return new CycleState(1, parties, false, 0, List.of());
    }

    static CycleState read(NodePath path, Node node) {
        StateText text = StateText.read(path, KIND, node.data());
        return new CycleState(
                text.generation(),
                Math.toIntExact(text.number("parties")),
                text.is("broken"),
                text.number("passed"),
                text.list("member"));
    }

    Payload payload() {
        return StateText.of(KIND, generation)
                .with("parties", parties)
                .with("broken", broken)
                .with("passed", passed)
                .with("member", members)
                .payload();
    }

    String tag() {
        return tag(generation);
    }

    static String tag(long generation) {
        return "g" + generation + "-";
    }

    /** The place of the member whose name holds this operation's id among those let through last; -1 if it is none of them. */
    int placeOf(String id) {
        return IntStream.range(0, members.size())
                .filter(place -> members.get(place).contains(id))
                .findFirst()
                .orElse(-1);
    }

    CycleState with(int otherParties) {
        return new CycleState(generation, otherParties, broken, passed, members);
    }

    CycleState next(List<String> names) {
        return new CycleState(generation + 1, parties, false, generation, names);
    }

    CycleState reset(int newParties) {
        return new CycleState(generation + 1, newParties, false, passed, members);
    }

    CycleState asBroken() {
        return new CycleState(generation, parties, true, passed, members);
    }
}
