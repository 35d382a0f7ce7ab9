package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.ConclaveException;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.OutcomeUnknownException;
import io.conclave.histories.Recorder;
import io.conclave.lock.FencedLock;
import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Node;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client that does random operations on registers, counters and fenced locks, and notes each. Each value that is written is written once, so a version stands for a value: compare-and-set
 * by version is one by value.
 */
final class HistoryClient implements Runnable {
    static final int REGISTERS = 4;
    static final int COUNTERS = 3;
    static final int LOCKS = 3;
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final int TRIES_MAX = 30;

    private final String name;
    private final String url;
    private final Recorder recorder;
    private final Random random;
    private final AtomicLong done;
    private volatile boolean ending;
    private volatile Throwable failure;
    private long written;
    private int holders;

    HistoryClient(String name, String url, Recorder recorder, long seed, AtomicLong done) {
        this.name = name;
        this.url = url;
        this.recorder = recorder;
        this.random = new Random(seed);
        this.done = done;
    }

    void end() {
        ending = true;
    }

    Throwable failure() {
        return failure;
    }

    @Override
    public void run() {
        try (Conclave conclave = Conclave.connect(url)) {
            while (!ending) {
                step(conclave);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error unexpected) {
            failure = unexpected;
        }
    }

    private void step(Conclave conclave) throws InterruptedException {
        int kind = random.nextInt(10);
        if (kind < 5) {
            register(conclave, "/r" + random.nextInt(REGISTERS));
        } else if (kind < 8) {
            counter(conclave, "/c" + random.nextInt(COUNTERS));
        } else {
            lock(conclave, "/l" + random.nextInt(LOCKS));
        }
        done.incrementAndGet();
    }

    // ---- registers

    private void register(Conclave conclave, String path) throws InterruptedException {
        switch (random.nextInt(3)) {
            case 0 -> read(conclave, path);
            case 1 -> {
                String value = fresh();
                Recorder.Call call = recorder.call(name, path, "write", value);
                change(call, () -> {
                    conclave.nodes().set(path, bytes(value));
                    call.ok();
                });
            }
            default -> {
                Optional<Node> seen = read(conclave, path);
                if (seen.isPresent()) {
                    String value = fresh();
                    Recorder.Call call = recorder.call(name, path, "cas", text(seen.get()), value);
                    change(
                            call,
                            () -> call.ok(Boolean.toString(conclave.nodes()
                                    .compareAndSet(path, seen.get().version(), bytes(value)))));
                }
            }
        }
    }

    private String fresh() {
        return name + "-" + ++written;
    }

    private Optional<Node> read(Conclave conclave, String path) throws InterruptedException {
        Recorder.Call call = recorder.call(name, path, "read");
        try {
            Optional<Node> node = conclave.nodes().get(path);
            call.ok(node.map(HistoryClient::text).orElse(""));
            return node;
        } catch (BackendException unanswered) {
            call.fail();
            return Optional.empty();
        }
    }

    // ---- counters

    private void counter(Conclave conclave, String path) throws InterruptedException {
        if (random.nextInt(3) == 0) {
            Recorder.Call call = recorder.call(name, path, "get");
            try {
                call.ok(Long.toString(value(conclave.nodes().get(path))));
            } catch (BackendException unanswered) {
                call.fail();
            }
            return;
        }
        Recorder.Call call = recorder.call(name, path, "add", "1");
        change(call, () -> {
            for (int i = 0; i < TRIES_MAX; i++) {
                Optional<Node> node = conclave.nodes().get(path);
                long next = value(node) + 1;
                if (node.isPresent()
                        && conclave.nodes().compareAndSet(path, node.get().version(), bytes(Long.toString(next)))) {
                    call.ok(Long.toString(next));
                    return;
                }
            }
            call.fail(); // all of them were refused
        });
    }

    private static long value(Optional<Node> node) {
        return node.map(each -> Long.parseLong(text(each))).orElse(0L);
    }

    /** The steps before the last one of a change never apply anything, so what is said of the last one is true of all. */
    private void change(Recorder.Call call, Change change) throws InterruptedException {
        try {
            change.run();
        } catch (OutcomeUnknownException unknown) {
            call.unknown();
        } catch (BackendException failed) {
            if (failed.applied() == Applied.NO) {
                call.fail();
            } else {
                call.unknown();
            }
        }
    }

    private interface Change {
        void run() throws InterruptedException;
    }

    // ---- locks

    private void lock(Conclave conclave, String path) throws InterruptedException {
        String holder = name + "-" + ++holders;
        Recorder.Call end = recorder.call(
                name, path, "expire", holder); // whatever becomes of it, it may end by itself at any time from here on
        Recorder.Call acquire = recorder.call(name, path, "acquire", holder);
        FencedGrant grant;
        try {
            grant = FencedLock.of(conclave, path).acquire(WAIT);
            acquire.ok(Long.toString(grant.fencingToken()));
        } catch (TimeoutException | BackendException | ConclaveException notGranted) {
            acquire.unknown(); // it may have been first in line for a moment, before it was withdrawn
            end.unknown();
            return;
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            use(grant, path, holder);
        }
        Recorder.Call release = recorder.call(name, path, "release", holder);
        try {
            grant.release();
            release.ok();
            end.fail();
        } catch (GrantLostException lost) {
            release.fail();
            end.unknown();
        }
    }

    private void use(FencedGrant grant, String path, String holder) throws InterruptedException {
        Recorder.Call believes = recorder.call(name, path, "holds", holder);
        believes.ok(Boolean.toString(grant.isValid()));
        Recorder.Call writes = recorder.call(name, path, "holds", holder);
        try {
            grant.write("/guarded" + path, bytes(Long.toString(grant.fencingToken())));
            writes.ok("true");
        } catch (GrantLostException lost) {
            writes.ok("false");
        } catch (OutcomeUnknownException | BackendException unanswered) {
            writes.unknown();
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(Node node) {
        return node.data().asUtf8();
    }
}
