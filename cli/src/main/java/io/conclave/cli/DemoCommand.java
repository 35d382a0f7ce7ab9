package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tells what the library is for, by doing it. */
@Command(
        name = "demo",
        header = "Show in less than a minute what fencing tokens are for.",
        description = {
            "Tell what fencing tokens are for, in less than a minute: workers on one fenced lock, a holder that pauses past its session and"
                    + " comes back, its old write refused, leadership handed over. Everything told has really happened and was checked.",
            "",
            "On the embedded store the pause is made by the store's fault control; on a server by a second process that is"
                    + " stopped with SIGSTOP. What it makes in the store lies below /conclave-demo and is removed at the end; on"
                    + " ZooKeeper that empty directory stays."
        })
final class DemoCommand extends StoreCommand {
    private static final Duration EMBEDDED_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration SERVER_TIMEOUT = Duration.ofSeconds(4);

    @Option(names = "--fast", description = "Do not pause to be read, even on a terminal.")
    private boolean fast;

    DemoCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        BackendUrl asked = backend();
        String id = UUID.randomUUID().toString().substring(0, 8);
        boolean embedded = asked.scheme().equals("inmemory") && asked.hosts().isEmpty();
        BackendUrl url = embedded && asked.name().isEmpty() ? BackendUrl.parse("inmemory:demo-" + id) : asked;
        Narrator narrator = new Narrator(surroundings(), options().json(), fast);
        OrderlyEnd end = OrderlyEnd.install();
        List<Conclave> workers = new ArrayList<>();
        try {
            Duration timeout = embedded ? EMBEDDED_TIMEOUT : SERVER_TIMEOUT;
            for (String name : List.of("ben", "cleo", "dora")) {
                workers.add(builder(url).sessionTimeout(timeout).owner(name).connect());
            }
            Thread teller = Thread.currentThread();
            end.onSignal(teller::interrupt);
            tell(narrator, url, embedded, "/conclave-demo/" + id, workers, timeout);
        } finally {
            workers.forEach(Conclave::close);
            end.finished();
        }
        return ExitCode.DONE;
    }

    private void tell(
            Narrator narrator, BackendUrl url, boolean embedded, String base, List<Conclave> workers, Duration timeout)
            throws InterruptedException {
        long start = Timekeeper.system().nanoTime();
        String lockPath = base + "-lock";
        String balancePath = base + "-balance";
        narrator.title("Conclave on " + (embedded ? "its embedded store" : url) + ", session time-out "
                + timeout.toSeconds() + " s");
        Story story = new Story(narrator, lockPath, balancePath);
        story.takeTurns(workers);
        Story.Tokens tokens;
        try (Sleeper ada = sleeper(url, embedded, lockPath, timeout)) {
            tokens = story.pauseHolder(ada, workers.get(0));
        } finally {
            workers.get(0).nodes().delete(balancePath);
        }
        new LeadershipStory(narrator, base + "-leader").tell(workers.get(0), workers.get(1));
        double seconds = (Timekeeper.system().nanoTime() - start) / 1e9;
        narrator.title(String.format(
                Locale.ROOT, "All of this happened, in %.0f s, and was checked. Next: conclave lock --help", seconds));
        if (options().json()) {
            output().print(
                            "",
                            Output.document()
                                    .with("backend", url.toString())
                                    .with("holds", true)
                                    .with("seconds", Math.round(seconds * 10) / 10.0)
                                    .with("pausedToken", Long.toString(tokens.paused()))
                                    .with("nextToken", Long.toString(tokens.next()))
                                    .with("told", narrator.told()));
        }
    }

    private Sleeper sleeper(BackendUrl url, boolean embedded, String lockPath, Duration timeout) {
        if (embedded) {
            return new EmbeddedSleeper(
                    builder(url).sessionTimeout(timeout).owner("ada").connect(), url, lockPath);
        }
        return ProcessSleeper.start(options(), url.toString(), "ada", lockPath, timeout);
    }
}
