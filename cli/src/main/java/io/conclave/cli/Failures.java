package io.conclave.cli;

import io.conclave.GrantLostException;
import io.conclave.OutcomeUnknownException;
import io.conclave.StaleStoreException;
import io.conclave.UnreadableDataException;
import io.conclave.UnsupportedLayoutException;
import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.UnavailableException;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns every failure into one line, {@code conclave: reason (hint)}, and an exit code. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final GlobalOptions options;

    Failures(GlobalOptions options) {
        this.options = options;
    }

    /** What is said of a failure. */
    private record Told(int exitCode, String reason, String hint) {}

    @Override
    public int handleParseException(ParameterException failure, String[] args) {
        String command = failure.getCommandLine().getCommandSpec().qualifiedName();
        String hint = "see " + command + " --help";
        if (failure instanceof UnmatchedArgumentException unmatched) {
            List<String> similar = unmatched.getSuggestions();
            if (!similar.isEmpty()) {
                hint = "did you mean " + String.join(" or ", similar) + "? " + hint;
            }
        }
        return tell(failure, new Told(ExitCode.USAGE, firstLine(failure), hint));
    }

    @Override
    public int handleExecutionException(Exception failure, CommandLine commandLine, ParseResult parsed) {
        Throwable cause = unwrap(failure);
        return tell(cause, explain(cause));
    }

    private int tell(Throwable failure, Told told) {
        PrintStream err = options.surroundings().err();
        err.println("conclave: " + told.reason() + (told.hint().isEmpty() ? "" : " (" + told.hint() + ")"));
        if (options.verbose()) {
            failure.printStackTrace(err);
        }
        return told.exitCode();
    }

    private static Told explain(Throwable failure) {
        if (failure instanceof CommandFailure known) {
            return new Told(known.exitCode(), firstLine(known), known.hint());
        }
        if (failure instanceof IllegalArgumentException) {
            return new Told(ExitCode.USAGE, firstLine(failure), "see conclave --help");
        }
        if (failure instanceof BackendException backend) {
            return explain(backend);
        }
        String reason = firstLine(failure);
        if (failure instanceof GrantLostException) {
            return new Told(ExitCode.LOST, reason, "somebody else may hold it now");
        }
        if (failure instanceof OutcomeUnknownException) {
            return new Told(ExitCode.FAILED, reason, "read the state before you repeat the command");
        }
        if (failure instanceof StaleStoreException) {
            return new Told(
                    ExitCode.FAILED, reason, "conclave epoch raise, when the owners of the protected resources agree");
        }
        if (failure instanceof UnsupportedLayoutException) {
            return new Told(ExitCode.FAILED, reason, "use a version of conclave that knows this layout");
        }
        if (failure instanceof UnreadableDataException) {
            return new Told(ExitCode.FAILED, reason, "nothing was changed; conclave get shows what is there");
        }
        if (failure instanceof InterruptedException) {
            return new Told(ExitCode.INTERRUPTED, "interrupted", "");
        }
        if (failure instanceof IllegalStateException) {
            return new Told(ExitCode.FAILED, reason, "");
        }
        return new Told(
                ExitCode.FAILED,
                "unexpected " + failure.getClass().getSimpleName() + ": " + reason,
                "--verbose shows where it comes from");
    }

    private static Told explain(BackendException failure) {
        String reason = firstLine(failure);
        if (failure instanceof UnavailableException) {
            return new Told(ExitCode.UNREACHABLE, reason, "is the store running, and the URL right?");
        }
        if (failure instanceof IndeterminateException) {
            return new Told(ExitCode.UNREACHABLE, reason, "read the state before you repeat the command");
        }
        if (failure instanceof SessionLostException) {
            return new Told(ExitCode.UNREACHABLE, reason, "the store ended the session; repeat the command");
        }
        if (failure instanceof AccessDeniedException) {
            return new Told(ExitCode.DENIED, reason, "give --credentials FILE, or CONCLAVE_USER and CONCLAVE_PASSWORD");
        }
        if (failure instanceof PayloadTooLargeException) {
            return new Told(ExitCode.FAILED, reason, "conclave ping shows the limits of the store");
        }
        if (failure instanceof InvalidRequestException) {
            return new Told(ExitCode.FAILED, reason, "conclave stat PATH shows what stands there");
        }
        return new Told(ExitCode.FAILED, reason, "");
    }

    private static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    private static String firstLine(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getClass().getSimpleName();
        }
        String oneLine = message.strip().lines().findFirst().orElse("");
        return oneLine.length() > 400 ? oneLine.substring(0, 400) + "…" : oneLine;
    }
}
