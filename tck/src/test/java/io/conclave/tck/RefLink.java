package io.conclave.tck;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The way between one client and the store: takes time, keeps the order, and can be disturbed. */
final class RefLink {
    /** No time at all, so that the checks need not wait; the order of what is sent stands all the same. */
    static final Duration ONE_WAY = Duration.ZERO;
    /** For bugs: later than all that was sent before. */
    static final Duration LATE = Duration.ofMillis(2);

    private final ManualTime time;
    private final List<Runnable> held = new ArrayList<>();
    private Duration back = ONE_WAY;
    volatile boolean cut;
    private boolean dropReply;
    private boolean dropRequest;
    private boolean hold;

    RefLink(ManualTime time) {
        this.time = time;
    }

    void slowDown(Duration roundTrip) {
        Duration rest = roundTrip.minus(ONE_WAY);
        back = rest.compareTo(ONE_WAY) < 0 ? ONE_WAY : rest;
    }

    void dropReply() {
        dropReply = true;
    }

    void dropRequest() {
        dropRequest = true;
    }

    void hold() {
        hold = true;
    }

    void release() {
        held.forEach(Runnable::run);
        held.clear();
    }

    <R> void call(Supplier<R> atStore, Consumer<R> atClient) {
        call(false, atStore, atClient);
    }

    /** Carries a request to the store and its answer back. */
    <R> void call(boolean commit, Supplier<R> atStore, Consumer<R> atClient) {
        boolean lose = commit && dropRequest;
        boolean loseReply = commit && dropReply;
        boolean wait = commit && hold;
        if (commit) {
            dropRequest = false;
            dropReply = false;
            hold = false;
        }
        if (lose || cut) {
            return;
        }
        Runnable send = () -> time.schedule(() -> arrive(atStore, loseReply ? answer -> {} : atClient), ONE_WAY);
        if (wait) {
            held.add(send);
        } else {
            send.run();
        }
    }

    private <R> void arrive(Supplier<R> atStore, Consumer<R> atClient) {
        if (cut) {
            return;
        }
        R answer = atStore.get();
        tell(() -> atClient.accept(answer), () -> {});
    }

    /** Carries something from the store to the client. */
    void tell(Runnable atClient, Runnable ifLost) {
        tell(atClient, ifLost, Duration.ZERO);
    }

    void tell(Runnable atClient, Runnable ifLost, Duration late) {
        time.schedule(
                () -> {
                    if (cut) {
                        ifLost.run();
                    } else {
                        atClient.run();
                    }
                },
                back.plus(late));
    }
}
