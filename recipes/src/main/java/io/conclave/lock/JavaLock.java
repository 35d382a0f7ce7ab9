package io.conclave.lock;

import io.conclave.FencedGrant;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicies;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * The reentrant view. A thread's hold is its grant and a count; only the thread itself touches its own entry. A hold whose grant is not valid is void, whatever its
 * count: locking again goes to the store. The void levels stay below the new hold, so that each of their unlocks tells the loss.
 */
final class JavaLock implements Lock {
    private static final int DEPTH_MAX = 1_000_000;

    private static final class Hold {
        final FencedGrant grant;
        final @Nullable Hold below;
        int count = 1;

        Hold(FencedGrant grant, @Nullable Hold below) {
            this.grant = grant;
            this.below = below;
        }
    }

    private final Acquirer acquirer;
    /** The write lock, for a read lock: a thread that holds it reads beside it, without waiting. */
    private final @Nullable JavaLock outer;

    private final Map<Thread, Hold> holds = new ConcurrentHashMap<>();

    JavaLock(Acquirer acquirer) {
        this(acquirer, null);
    }

    JavaLock(Acquirer acquirer, @Nullable JavaLock outer) {
        this.acquirer = acquirer;
        this.outer = outer;
    }

    /** The thread's own valid grant of the write lock, for a read lock; null if there is none. */
    private @Nullable FencedGrant outerGrant() {
        Hold hold = outer == null ? null : outer.holds.get(Thread.currentThread());
        return hold != null && hold.grant.isValid() ? hold.grant : null;
    }

    @Override
    public void lock() {
        if (!reenter()) {
            FencedGrant write = outerGrant();
            hold(
                    write == null
                            ? acquirer.acquireUninterruptibly()
                            : acquirer.acquireBesideUninterruptibly(write, AdmissionPolicies.WRITE));
        }
    }

    @Override
    public void lockInterruptibly() throws InterruptedException {
        refuseInterrupted();
        if (!reenter() && !readBeside()) {
            hold(acquirer.acquire());
        }
    }

    private boolean readBeside() throws InterruptedException {
        FencedGrant write = outerGrant();
        if (write == null) {
            return false;
        }
        hold(acquirer.acquireBeside(write, AdmissionPolicies.WRITE));
        return true;
    }

    /** One round trip at most. If interrupted, answers false and keeps the interrupt. */
    @Override
    public boolean tryLock() {
        if (reenter()) {
            return true;
        }
        try {
            if (readBeside()) {
                return true;
            }
            Optional<FencedGrant> grant = acquirer.tryAcquire();
            grant.ifPresent(this::hold);
            return grant.isPresent();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) throws InterruptedException {
        refuseInterrupted();
        if (reenter() || readBeside()) {
            return true;
        }
        try {
            hold(acquirer.acquire(Duration.ofNanos(Math.max(0, unit.toNanos(time)))));
            return true;
        } catch (TimeoutException late) {
            return false;
        }
    }

    @Override
    public void unlock() {
        Hold hold = holds.get(Thread.currentThread());
        if (hold == null) {
            throw new IllegalMonitorStateException("this thread does not hold " + acquirer.path());
        }
        if (--hold.count > 0) {
            hold.grant.requireValid();
            return;
        }
        if (hold.below == null) {
            holds.remove(Thread.currentThread());
        } else {
            holds.put(Thread.currentThread(), hold.below);
        }
        hold.grant.release();
    }

    @Override
    public Condition newCondition() {
        throw new UnsupportedOperationException("conditions are not supported by a distributed lock");
    }

    private boolean reenter() {
        Hold hold = holds.get(Thread.currentThread());
        if (hold == null || !hold.grant.isValid()) {
            return false;
        }
        if (hold.count == DEPTH_MAX) {
            throw new IllegalStateException(acquirer.path() + " is held " + DEPTH_MAX + " times by this thread");
        }
        hold.count++;
        return true;
    }

    private void hold(FencedGrant grant) {
        holds.put(Thread.currentThread(), new Hold(grant, holds.get(Thread.currentThread())));
    }

    private static void refuseInterrupted() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before locking");
        }
    }

    @Override
    public String toString() {
        return "Lock[" + acquirer.path() + "]";
    }
}
