package io.conclave.internal;

import io.conclave.spi.Node;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tells, node by node in the order of a path, what each wants and whether it is its turn. The families on a path do not see each other. */
final class QueueReader {
    static final List<String> ALL_TAGS = List.of(
            "lock-",
            "__lock__",
            "latch-",
            AfterThose.READ_TAG,
            AfterThose.WRITE_TAG,
            PermitNames.CONTENDER,
            PermitNames.LIMIT);

    private static final List<AdmissionPolicy> ALONE = List.of(AdmissionPolicies.LOCK, AdmissionPolicies.LATCH);

    /**
     * What a node stands for.
     *
     * @param kind what it wants
     * @param holding whether it is its turn
     */
    record Standing(String kind, boolean holding) {}

    private final Set<String> taken = new HashSet<>();
    private final long permits;
    private long wanted;
    private Optional<Node> writer = Optional.empty();
    private boolean writerMustWait;
    private boolean readerSeen;

    QueueReader(List<Node> nodes) {
        permits = PermitNames.of(nodes).inForce().orElse(0);
    }

    /** The next node in order; empty if it is no contender. */
    Optional<Standing> next(Node node) {
        for (AdmissionPolicy policy : ALONE) {
            if (policy.tags().stream().anyMatch(tag -> AfterThose.hasTag(node, tag))) {
                return Optional.of(new Standing(policy.kind(), taken.add(policy.kind())));
            }
        }
        if (AfterThose.hasTag(node, AfterThose.WRITE_TAG)) {
            boolean first = writer.isEmpty() && !readerSeen;
            writer = Optional.of(node);
            writerMustWait = !first;
            return Optional.of(new Standing(AdmissionPolicies.WRITE.kind(), first));
        }
        if (AfterThose.hasTag(node, AfterThose.READ_TAG)) {
            boolean holding = writer.isEmpty() || (!writerMustWait && sharesPlace(node, writer.get()));
            readerSeen = true;
            return Optional.of(new Standing(AdmissionPolicies.READ.kind(), holding));
        }
        List<PermitNames.Claim> claims = PermitNames.of(List.of(node)).contenders();
        return claims.isEmpty()
                ? Optional.empty()
                : Optional.of(permits(claims.get(0).wanted()));
    }

    private Standing permits(int count) {
        wanted += count;
        return new Standing(count == 1 ? "1 permit" : count + " permits", wanted <= permits);
    }

    private static boolean sharesPlace(Node reader, Node writer) {
        return ContenderData.read(reader.data()).token().isPresent()
                || (reader.sequence().isPresent() && reader.sequence().equals(writer.sequence()));
    }
}
