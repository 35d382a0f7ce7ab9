package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.spi.Node;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a node's data. */
@Command(
        name = "get",
        header = "Print the data of a node.",
        description =
                "Print the bytes of a node, as they are. With --json: as text where they are UTF-8, and in Base64.")
final class GetCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The node.")
    private String path = "";

    GetCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("get")) {
            Node found = conclave.nodes().get(checked).orElseThrow(() -> absent(checked));
            print(found);
        }
        return ExitCode.DONE;
    }

    private void print(Node found) {
        byte[] data = found.data().toByteArray();
        if (options().json()) {
            output().print(
                            "",
                            Output.document()
                                    .with("path", found.path().toString())
                                    .with("version", found.version())
                                    .with("text", text(data))
                                    .with("base64", Base64.getEncoder().encodeToString(data)));
            return;
        }
        surroundings().out().writeBytes(data);
        if (surroundings().terminal() && data.length > 0 && data[data.length - 1] != '\n') {
            surroundings().out().println();
        }
        surroundings().out().flush();
    }

    private static @Nullable String text(byte[] data) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(data))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    static CommandFailure absent(String path) {
        return new CommandFailure(
                ExitCode.FAILED, "there is no node " + path, "it may be a mere directory: conclave ls " + path);
    }
}
