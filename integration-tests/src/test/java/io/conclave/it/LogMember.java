package io.conclave.it;

import io.conclave.backend.inmemory.log.Leadership;
import io.conclave.backend.inmemory.log.LogSpec;
import io.conclave.backend.inmemory.log.NotLeaderException;
import io.conclave.backend.inmemory.log.OutcomeUnknownException;
import io.conclave.backend.inmemory.log.RaftLog;
import io.conclave.backend.inmemory.log.ReplicatedLog;
import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;

/**
 * A member of a replicated log in a process of its own, driven by lines on its standard input: {@code write X}, {@code read}, {@code load PREFIX} (writes for as long as it leads), {@code rest}, {@code dump FILE}. It prints {@code ok X}, {@code no X}
 * or {@code unknown X} for each write, {@code applied X} for each entry that begins with {@code mark-}, and {@code leads TERM} or {@code follows TERM LEADER} as it learns of it.
 */
final class LogMember {
    private static final int LOAD_IN_FLIGHT = 8;

    private final List<String> lines = new ArrayList<>();
    private final Object loading = new Object();
    private String prefix = "";
    private boolean leads;
    private RaftLog log;

    /** Arguments: own id, ports of members 1, 2, 3 with commas, folder, election time-out in milliseconds, entries between snapshots. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<Integer, InetSocketAddress> members = new TreeMap<>();
        for (String port : arguments[1].split(",", -1)) {
            members.put(
                    members.size() + 1,
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
        }
        LogSpec spec = LogSpec.of(Integer.parseInt(arguments[0]), members, Path.of(arguments[2]))
                .withElectionTimeout(Duration.ofMillis(Long.parseLong(arguments[3])))
                .withSnapshotsAfter(Integer.parseInt(arguments[4]), 1 << 20);
        new LogMember().run(spec);
    }

    private void run(LogSpec spec) throws IOException, InterruptedException {
        log = RaftLog.start(spec, new Lines());
        Thread loader = new Thread(this::load, "load");
        loader.setDaemon(true);
        loader.start();
        say("started " + (log.status().startedEmpty() ? "empty" : "again"));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", 2);
            switch (words[0]) {
                case "write" -> write(words[1], () -> {});
                case "read" ->
                    log.readBarrier().whenComplete((done, failure) -> say(failure == null ? "read" : "noread"));
                case "load" -> setLoad(words[1]);
                case "rest" -> setLoad("");
                case "dump" -> dump(Path.of(words[1]));
                default -> throw new IllegalArgumentException(line);
            }
        }
        log.close();
    }

    private static void say(String line) {
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }

    private void write(String text, Runnable after) {
        log.submit(text.getBytes(StandardCharsets.UTF_8)).whenComplete((answer, failure) -> {
            Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
            if (cause == null) {
                say("ok " + text);
            } else if (cause instanceof OutcomeUnknownException) {
                say("unknown " + text);
            } else {
                say((cause instanceof NotLeaderException ? "no " : "busy ") + text);
            }
            after.run();
        });
    }

    private static void tellMark(String text) {
        if (text.startsWith("mark-")) {
            say("applied " + text);
        }
    }

    private void setLoad(String wanted) {
        synchronized (loading) {
            prefix = wanted;
            loading.notifyAll();
        }
    }

    private void load() {
        Semaphore window = new Semaphore(LOAD_IN_FLIGHT);
        try {
            for (int i = 0; ; i++) {
                String text;
                synchronized (loading) {
                    while (prefix.isEmpty() || !leads) {
                        loading.wait();
                    }
                    text = prefix + "-" + i;
                }
                window.acquire();
                write(text, window::release);
            }
        } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
        }
    }

    private void dump(Path file) throws IOException {
        synchronized (lines) {
            Files.write(file, lines);
        }
        say("dumped " + file);
    }

    private final class Lines implements ReplicatedLog.Machine {
        @Override
        public Object apply(long index, byte[] entry) {
            synchronized (lines) {
                String text = new String(entry, StandardCharsets.UTF_8);
                lines.add(text);
                tellMark(text);
                return lines.size();
            }
        }

        @Override
        public ReplicatedLog.SnapshotWriter capture() {
            List<String> copy;
            synchronized (lines) {
                copy = List.copyOf(lines);
            }
            return out -> {
                DataOutputStream data = new DataOutputStream(out);
                data.writeInt(copy.size());
                for (String line : copy) {
                    data.writeUTF(line);
                }
                data.flush();
            };
        }

        @Override
        public void restore(InputStream in) throws IOException {
            DataInputStream data = new DataInputStream(in);
            synchronized (lines) {
                lines.clear();
                for (int left = data.readInt(); left > 0; left--) {
                    lines.add(data.readUTF());
                }
                lines.forEach(LogMember::tellMark);
            }
        }

        @Override
        public void onLeadership(Leadership now) {
            synchronized (loading) {
                leads = now.own();
                loading.notifyAll();
            }
            say(
                    now.own()
                            ? "leads " + now.term()
                            : "follows " + now.term() + " " + now.leader().orElse(0));
        }
    }
}
