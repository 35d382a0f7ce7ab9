package io.conclave.internal;

import io.conclave.FencedGrant;
import io.conclave.spi.SerialDrain;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One acquire of several: one part after the other, in an order that is the same for all, so that whoever waits holds only what stands before it in that order. The first failure
 * ends it, and what was got is given back, the last first. If something that was got is lost while the rest is awaited, all is given back and it begins anew, within its
 * deadline. All state is touched on the drain only.
 */
final class MultiAttempt {
    final CompletableFuture<List<FencedGrant>> result = new CompletableFuture<>();

    private final ConclaveCore core;
    private final List<Acquirer> parts;
    private final UnaryOperator<List<FencedGrant>> arrange;
    private final @Nullable Duration wait;
    private final long deadlineNanos;
    private final @Nullable Thread thread;
    private final SerialDrain drain;
    private final List<FencedGrant> got = new ArrayList<>();
    private @Nullable CompletableFuture<FencedGrant> pending;
    private int round;
    private boolean over;

    MultiAttempt(
            ConclaveCore core,
            List<Acquirer> parts,
            UnaryOperator<List<FencedGrant>> arrange,
            @Nullable Duration wait,
            @Nullable Thread thread) {
        this.core = core;
        this.parts = parts;
        this.arrange = arrange;
        this.wait = wait;
        this.thread = thread;
        this.deadlineNanos = wait == null ? 0 : core.timekeeper().deadlineAfter(wait);
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    void start() {
        drain.execute(this::next);
    }

    /** Gives up, unless it has ended; what was got is given back. */
    void abandon() {
        drain.execute(() -> {
            if (!over) {
                end();
                result.cancel(false);
            }
        });
    }

    private void next() {
        if (over) {
            return;
        }
        if (got.size() == parts.size()) {
            over = true;
            if (!result.complete(arrange.apply(got))) {
                giveUpAll();
            }
            return;
        }
        Duration left = wait;
        if (wait != null && !wait.isZero()) {
            left = core.timekeeper().until(deadlineNanos);
            if (left.isZero()) {
                fail(new TimeoutException("not all of " + parts.size() + " were granted in time"));
                return;
            }
        }
        int now = ++round;
        CompletableFuture<FencedGrant> coming = parts.get(got.size()).acquireOnEngine(left, thread);
        pending = coming;
        Calls.whenDone(coming, drain, (grant, failure) -> {
            if (grant != null) {
                granted(now, grant);
            } else if (!over && now == round) {
                pending = null;
                fail(failure != null ? failure : new IllegalStateException("neither grant nor failure"));
            }
        });
    }

    private void granted(int then, FencedGrant grant) {
        if (over || then != round) {
            giveBack(List.of(grant));
            return;
        }
        pending = null;
        got.add(grant);
        ((HeldGrant) grant).onEndAtOnce(() -> drain.execute(() -> lost(grant)));
        if (got.stream().allMatch(FencedGrant::isValid)) {
            next();
        } else {
            lost(grant);
        }
    }

    /** Something that was got is lost, or just found to be. */
    private void lost(FencedGrant any) {
        if (over || !got.contains(any)) {
            return;
        }
        giveUpAll();
        if (wait != null && wait.isZero()) {
            over = true;
            result.completeExceptionally(new TimeoutException("a part was lost at once: " + any.path()));
        } else {
            next();
        }
    }

    private void fail(Throwable why) {
        end();
        result.completeExceptionally(why);
    }

    private void end() {
        over = true;
        giveUpAll();
    }

    private void giveUpAll() {
        round++;
        CompletableFuture<FencedGrant> coming = pending;
        pending = null;
        if (coming != null) {
            coming.cancel(false);
        }
        List<FencedGrant> back = List.copyOf(got);
        got.clear();
        giveBack(back);
    }

    /** The last first. */
    static void giveBack(List<FencedGrant> grants) {
        for (int i = grants.size() - 1; i >= 0; i--) {
            Calls.inBackground(((HeldGrant) grants.get(i)).releaseOnEngine(), "giving back one of several");
        }
    }
}
