package io.conclave.internal;

import io.conclave.spi.Node;
import java.util.List;
import java.util.Optional;

/** What a recipe adds to the {@link ContenderQueue}: under which tag it stands, whom it counts, and when it is admitted. Stateless. */
public interface AdmissionPolicy {
    /** First come, first served, one at a time; counts the contenders of Curator, go-zookeeper ({@code lock-}) and kazoo. */
    AdmissionPolicy LOCK = new FirstOnly("lock-", List.of("lock-", "__lock__"));

    /** First come, first served, one at a time, in Curator's latch layout. */
    AdmissionPolicy LATCH = new FirstOnly("latch-", List.of("latch-"));

    /** The tag of own contenders. */
    String tag();

    /** The tags that count as contenders. */
    List<String> tags();

    /** How many of the contenders ahead, the nearest ones, the decision needs to see. */
    int aheadLimit();

    /** True if a contender is admitted as soon as all who are ahead of it have gone, and never before; nobody is ever put ahead of it later. */
    boolean waitsForAllAhead();

    /** Whom a contender with these nodes ahead must wait for; empty if it is admitted. */
    Optional<Node> blocker(List<Node> ahead);

    /** One at a time: waits for the nearest ahead. */
    record FirstOnly(String tag, List<String> tags) implements AdmissionPolicy {
        @Override
        public int aheadLimit() {
            return 1;
        }

        @Override
        public boolean waitsForAllAhead() {
            return true;
        }

        @Override
        public Optional<Node> blocker(List<Node> ahead) {
            return ahead.isEmpty() ? Optional.empty() : Optional.of(ahead.get(ahead.size() - 1));
        }
    }
}
