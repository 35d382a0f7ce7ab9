package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.Nodes;
import io.conclave.spi.CreateMode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes a node's data. */
@Command(
        name = "put",
        header = "Set the data of a node.",
        description =
                "Set the data of a node, making it, persistent, if it is absent. Without DATA and --file the bytes come from standard"
                        + " input; that is also the way for what must not be seen in a list of processes.")
final class PutCommand extends StoreCommand {
    private static final int BYTES_MAX = 64 << 20;

    @Parameters(index = "0", paramLabel = "PATH", description = "The node.")
    private String path = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "DATA", description = "Its data as text.")
    private @Nullable String data;

    @Option(names = "--file", paramLabel = "FILE", description = "Take the bytes from this file.")
    private @Nullable Path file;

    @ArgGroup
    private Condition condition = new Condition();

    /** At most one condition. */
    static final class Condition {
        @Option(names = "--create", description = "Only if the node is absent.")
        private boolean create;

        @Option(names = "--if-version", paramLabel = "N", description = "Only if the node has this version.")
        private @Nullable Long version;
    }

    PutCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        if (data != null && file != null) {
            throw new IllegalArgumentException("both DATA and --file are given");
        }
        byte[] bytes = bytes();
        try (Conclave conclave = connectShared("put")) {
            write(conclave.nodes(), checked, bytes);
        }
        output().print(
                        "wrote " + bytes.length + " bytes to " + checked,
                        Output.document().with("path", checked).with("bytes", bytes.length));
        return ExitCode.DONE;
    }

    private void write(Nodes nodes, String checked, byte[] bytes) throws InterruptedException {
        Long version = condition.version;
        if (condition.create) {
            create(nodes, checked, bytes);
        } else if (version == null) {
            nodes.set(checked, bytes);
        } else if (!nodes.compareAndSet(checked, version, bytes)) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "node " + checked + " does not have version " + version,
                    "conclave stat " + checked + " shows the present one");
        }
    }

    private static void create(Nodes nodes, String checked, byte[] bytes) throws InterruptedException {
        try {
            nodes.create(checked, bytes, CreateMode.PERSISTENT);
        } catch (IllegalStateException exists) {
            throw new CommandFailure(
                    ExitCode.FAILED, "node " + checked + " exists", "without --create it would be overwritten");
        }
    }

    private byte[] bytes() {
        if (data != null) {
            return data.getBytes(StandardCharsets.UTF_8);
        }
        String source = file == null ? "standard input" : "file '" + file + "'";
        try (InputStream in = file == null ? surroundings().in() : Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw new CommandFailure(
                        ExitCode.FAILED, source + " has more than " + BYTES_MAX + " bytes", "no store takes so much");
            }
            return bytes;
        } catch (IOException unreadable) {
            throw new CommandFailure(
                    ExitCode.FAILED, source + " cannot be read", "does it exist, and may you read it?");
        }
    }
}
