package io.conclave.backend.zookeeper;

import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.View;
import java.util.List;
import java.util.OptionalLong;

/** What is finally known of a commit. */
sealed interface Outcome {
    /** As the caller sees it. */
    CommitResult result(List<View> then);

    /** Applied at that revision. */
    record Applied(long revision, List<Node> created) implements Outcome {
        @Override
        public CommitResult result(List<View> then) {
            return new CommitResult.Applied(OptionalLong.of(revision), created, then);
        }
    }

    /** Not applied: that condition did not hold. */
    record Refused(int condition) implements Outcome {
        @Override
        public CommitResult result(List<View> then) {
            return new CommitResult.Refused(condition, then);
        }
    }
}
