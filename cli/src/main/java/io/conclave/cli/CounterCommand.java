package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.counter.DistributedCounter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reads and changes a counter. */
@Command(
        name = "counter",
        header = "Read or change a counter.",
        customSynopsis = "conclave counter PATH get|add [N]|set N [--if VALUE]",
        description = {
            "get prints the value of the counter PATH, add adds N (1 if it is left out) and prints the new value, set sets it. A counter that nobody"
                    + " has changed yet is 0.",
            "",
            "A change is applied at most once, also when the answer to it is lost."
        },
        footerHeading = "%n",
        footer = "Exit code: 0 done; 1 not done, such as a set whose --if does not hold; 69 store not reached.%n")
final class CounterCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the counter.")
    private String path = "";

    @Parameters(index = "1", paramLabel = "ACTION", description = "get, add or set.")
    private String action = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "N",
            description = "A whole number; after --, if it is negative.")
    private @Nullable Long number;

    @Option(names = "--if", paramLabel = "VALUE", description = "With set: only if this is the value.")
    private @Nullable Long expected;

    CounterCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        if (expected != null && !action.equals("set")) {
            throw new IllegalArgumentException("--if belongs to set, not to " + action);
        }
        switch (action) {
            case "get" -> requireNoNumber();
            case "add" -> {
                return run(checked, number == null ? 1 : number);
            }
            case "set" -> {
                if (number == null) {
                    throw new IllegalArgumentException("set needs the value N");
                }
            }
            default -> throw new IllegalArgumentException("'" + action + "' is not get, add or set");
        }
        return run(checked, number == null ? 0 : number);
    }

    private void requireNoNumber() {
        if (number != null) {
            throw new IllegalArgumentException("get takes no number");
        }
    }

    private int run(String checked, long given) throws InterruptedException {
        long value;
        try (Conclave conclave = connectShared("counter")) {
            DistributedCounter counter = DistributedCounter.of(conclave, checked);
            value = switch (action) {
                case "get" -> counter.get();
                case "add" -> counter.add(given);
                default -> set(counter, given);
            };
        } catch (ArithmeticException beyond) {
            throw new CommandFailure(ExitCode.FAILED, String.valueOf(beyond.getMessage()), "nothing was changed");
        }
        output().print(
                        Long.toString(value),
                        Output.document().with("path", checked).with("value", value));
        return ExitCode.DONE;
    }

    private long set(DistributedCounter counter, long given) throws InterruptedException {
        Long condition = expected;
        if (condition == null) {
            counter.set(given);
        } else if (!counter.compareAndSet(condition, given)) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "the value of " + counter.path() + " is not " + condition,
                    "conclave counter " + counter.path() + " get shows it");
        }
        return given;
    }
}
