package io.conclave;

import io.conclave.spi.Credentials;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.TlsOptions;
import java.time.Duration;
import java.util.concurrent.Executor;

/** Options of a connection, each with a safe default. From {@link Conclave#builder(String)}. Not thread-safe. */
public interface ConclaveBuilder {
    /** How long the store keeps the session without hearing from it. Default: the URL's {@code sessionTimeout}, else 10 s. */
    ConclaveBuilder sessionTimeout(Duration timeout);

    /** How long {@link #connect()} waits for the store and the first session, together. Default 15 s. */
    ConclaveBuilder connectTimeout(Duration timeout);

    /** The deadline of calls that take none: reads, plain writes, releases, {@code tryAcquire}. Default 5 s. */
    ConclaveBuilder callTimeout(Duration timeout);

    /** If true, {@link #connect()} returns at once and the session is opened when the server comes. Default false. */
    ConclaveBuilder serverMayComeLater(boolean later);

    /** The label under which this process's contenders are listed: 1 to 200 characters. Default: process id and a number. */
    ConclaveBuilder owner(String label);

    /** Where user callbacks, leader bodies and the dependents of futures run. Default: daemon threads made when needed. Never closed by us. */
    ConclaveBuilder executor(Executor executor);

    /** Who we are. Never taken from the URL. */
    ConclaveBuilder credentials(Credentials credentials);

    /** Transport security. */
    ConclaveBuilder tls(TlsOptions tls);

    /** Hears waits, holds, losses and retries: for metrics. */
    ConclaveBuilder observer(ConclaveObserver observer);

    /** By whose time everything happens, unless the backend brings its own. Default: the machine's. */
    ConclaveBuilder timekeeper(Timekeeper timekeeper);

    /**
     * Connects, and waits for the first session unless {@link #serverMayComeLater}.
     *
     * @throws IllegalArgumentException for options that can never work, before anything is sent
     * @throws io.conclave.spi.UnavailableException if the store was not reached in time; nothing is left running
     */
    Conclave connect();
}
