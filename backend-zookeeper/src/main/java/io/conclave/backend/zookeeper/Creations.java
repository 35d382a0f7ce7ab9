package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Names.Contender;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.zookeeper.OpResult;
import org.jspecify.annotations.Nullable;

/** The nodes that a commit made, as its result lists them. */
final class Creations {
    private Creations() {}

    /** From the results of the transaction; the first is the slot's. */
    static List<Node> fromReply(Commits home, Plan plan, List<OpResult> results, long revision) {
        List<Node> nodes = new ArrayList<>();
        for (Plan.Creation creation : plan.creations) {
            OpResult result = results.get(creation.operation() + 1);
            if (creation.write() instanceof Write.CreateSequential create
                    && result instanceof OpResult.CreateResult made) {
                String name = made.getPath().substring(made.getPath().lastIndexOf('/') + 1);
                nodes.add(sequential(home, create, name, revision));
            } else if (creation.write() instanceof Write.CreateNamed create) {
                long version = result instanceof OpResult.SetDataResult set
                        ? set.getStat().getVersion()
                        : 0;
                nodes.add(named(home, create, version, revision));
            }
        }
        return nodes;
    }

    static Node named(Commits home, Write.CreateNamed create, long version, long revision) {
        boolean ephemeral = create.mode().isEphemeral();
        return new Node(
                create.path(),
                OptionalLong.empty(),
                ephemeral ? OptionalLong.of(revision) : OptionalLong.empty(),
                version == Node.UNKNOWN_VERSION ? OptionalLong.empty() : OptionalLong.of(revision),
                version,
                ephemeral ? home.sessionId() : "",
                create.data());
    }

    static Node sequential(Commits home, Write.CreateSequential create, String name, long revision) {
        return new Node(
                create.directory().child(name),
                ReadBatch.sequence(name),
                OptionalLong.of(revision),
                OptionalLong.of(revision),
                0,
                create.mode().isEphemeral() ? home.sessionId() : "",
                create.data());
    }

    /** A sequential node that was gone when its commit's answer was found out. */
    static Node gone(Commits home, Write.CreateSequential create, String stem, long revision) {
        return new Node(
                create.directory().child(stem),
                OptionalLong.empty(),
                OptionalLong.of(revision),
                OptionalLong.of(revision),
                0,
                create.mode().isEphemeral() ? home.sessionId() : "",
                create.data());
    }

    /** The sequential node that the commit made in that directory. */
    static @Nullable Contender contender(Outcome.Applied applied, NodePath directory) {
        for (Node node : applied.created()) {
            if (node.sequence().isPresent() && node.path().parent().equals(directory)) {
                return new Contender(node.name(), (int) node.sequence().getAsLong(), applied.revision());
            }
        }
        return null;
    }

    static Outcome withoutData(Outcome outcome) {
        if (!(outcome instanceof Outcome.Applied applied)) {
            return outcome;
        }
        List<Node> slim = new ArrayList<>();
        for (Node node : applied.created()) {
            slim.add(new Node(
                    node.path(),
                    node.sequence(),
                    node.createdRevision(),
                    node.modifiedRevision(),
                    node.version(),
                    node.owner(),
                    Payload.empty()));
        }
        return new Outcome.Applied(applied.revision(), slim);
    }
}
