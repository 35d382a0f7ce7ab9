package io.conclave.examples;

import io.conclave.Grant;
import io.conclave.fencing.FencingGate;
import io.conclave.lock.DistributedReadWriteLock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/** Rates that many processes read and one at a time updates. */
public final class ExchangeRates {
    private final DistributedReadWriteLock lock;
    private final Map<String, Double> rates = new ConcurrentHashMap<>();

    // snippet:gate
    private final FencingGate gate = FencingGate.inMemory("rates");

    private synchronized double read(String currency, long fencingToken) {
        gate.enterShared(fencingToken); // refused if a later writer was here before
        return rates.getOrDefault(currency, 1.0);
    }

    private synchronized void write(String currency, double rate, long fencingToken) {
        gate.enterExclusive(fencingToken); // refused if anybody later was here before
        rates.put(currency, rate);
    }
    // end

    /** Rates under this lock. */
    public ExchangeRates(DistributedReadWriteLock lock) {
        this.lock = lock;
    }

    /** Both rates are of the same update. */
    public double cross(String from, String to) throws InterruptedException, TimeoutException {
        // snippet:read
        try (Grant grant = lock.readLock().acquire(Duration.ofSeconds(10))) { // together with other readers
            return read(from, grant.fencingToken()) / read(to, grant.fencingToken());
        }
        // end
    }

    /** Sets a rate. */
    public void update(String currency, double rate) throws InterruptedException, TimeoutException {
        // snippet:write
        try (Grant grant = lock.writeLock().acquire(Duration.ofSeconds(10))) { // alone
            write(currency, rate, grant.fencingToken());
        }
        // end
    }

    /** Sets a rate and reports it, unchanged, while others may read already. */
    public double updateAndReport(String currency, double rate) throws InterruptedException, TimeoutException {
        // snippet:downgrade
        Grant alone = lock.writeLock().acquire(Duration.ofSeconds(10));
        try (alone) {
            write(currency, rate, alone.fencingToken());
            try (Grant shared = lock.downgrade(alone)) { // no other writer comes in between
                return read(currency, shared.fencingToken());
            }
        }
        // end
    }
}
