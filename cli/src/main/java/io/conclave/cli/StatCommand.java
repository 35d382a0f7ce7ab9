package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.spi.Node;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows what the store knows of a node besides its data. */
@Command(
        name = "stat",
        header = "Show what the store knows of a node.",
        description = "Show kind, size, version, revision and owner of a node.")
final class StatCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The node.")
    private String path = "";

    StatCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("stat")) {
            Node found = conclave.nodes().get(checked).orElseThrow(() -> GetCommand.absent(checked));
            int children = conclave.nodes().children(checked).size();
            print(found, children);
        }
        return ExitCode.DONE;
    }

    private void print(Node found, int children) {
        boolean ephemeral = !found.owner().isEmpty();
        boolean sequential = found.sequence().isPresent();
        String kind = (ephemeral ? "ephemeral" : "persistent") + (sequential ? " sequential" : "");
        String created = text(found.createdRevision());
        String text = String.format(
                "path             %s%nkind             %s%nsize             %d bytes%nversion          %d%ncreated revision %s%n"
                        + "owner session    %s%nchildren         %d",
                found.path(),
                kind,
                found.data().size(),
                found.version(),
                created == null ? "(not told by this store)" : created,
                ephemeral ? found.owner() : "-",
                children);
        output().print(
                        text,
                        Output.document()
                                .with("path", found.path().toString())
                                .with("ephemeral", ephemeral)
                                .with("sequential", sequential)
                                .with("bytes", found.data().size())
                                .with("version", found.version())
                                .with("createdRevision", created)
                                .with("ownerSession", ephemeral ? found.owner() : null)
                                .with("children", children));
    }

    private static @Nullable String text(OptionalLong revision) {
        return revision.isPresent() ? Long.toString(revision.getAsLong()) : null;
    }
}
