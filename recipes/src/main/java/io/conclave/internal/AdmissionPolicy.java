package io.conclave.internal;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import java.util.List;
import java.util.Optional;

/** What a recipe adds to the {@link ContenderQueue}: under which tag it stands, whom it counts, and when it is admitted. Stateless. */
public interface AdmissionPolicy {
    /** What it is called where people read it. */
    String kind();

    /** The tag of own contenders. */
    String tag();

    /** The tags of all who stand in the queue. Policies with the same ones share it. */
    List<String> tags();

    /**
     * What the commit that makes the contender asks for: those whom the decision needs to see.
     *
     * @param atLeast so many of those ahead, if there are so many
     */
    Query.Children firstLook(NodePath path, int atLeast);

    /** What a contender in this place of the queue has to do. */
    Verdict judge(Line line);

    /** True if nobody in the queue is told from others by name alone: then a session's contenders may use their names again. */
    default boolean namesMayRecur() {
        return false;
    }

    /** True for nodes whose coming and going moves everybody who follows the directory. */
    default boolean concernsAll(NodePath node) {
        return false;
    }

    /** True if nothing under the held policy can be held any more when this one is admitted, what it stands beside excepted. */
    boolean excludes(AdmissionPolicy held);

    /** Why a thread that holds a grant of the other policy must not wait for one of this: it would wait for itself. Empty if it may. */
    default Optional<String> waitsForItself(AdmissionPolicy held) {
        return Optional.empty();
    }

    /**
     * A contender's view of its queue.
     *
     * @param ahead those ahead in order, the nearest last; without those that the first look does not ask for
     * @param behind those behind, as far as they were asked for
     * @param more whether there are more ahead than shown
     */
    record Line(List<Node> ahead, List<Node> behind, boolean more) {
        /** Copies the lists. */
        public Line {
            ahead = List.copyOf(ahead);
            behind = List.copyOf(behind);
        }
    }

    /** What a contender has to do. */
    sealed interface Verdict {}

    /**
     * It is admitted.
     *
     * @param tell whether somebody may wait to be told: then its node is put once more, which those who watch it hear
     */
    record Admitted(boolean tell) implements Verdict {}

    /**
     * It is not admitted before all of these have gone.
     *
     * @param blockers in order, at least one
     * @param settled whether it is admitted then, without another look: nobody who counts is ever put ahead of it later, as {@code sameOrderAs} might
     */
    record AfterAllOf(List<Node> blockers, boolean settled) implements Verdict {}

    /** It may be admitted when any of those ahead has gone, whoever it is. */
    record WhenAnyLeaves() implements Verdict {}

    /**
     * It is not its turn before this one has gone, or tells that it was admitted.
     *
     * @param node the nearest ahead
     */
    record AfterWordFrom(Node node) implements Verdict {}

    /**
     * It cannot be admitted, and is told.
     *
     * @param why what its acquire fails with
     */
    record Refused(RuntimeException why) implements Verdict {}
}
