package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.ConclaveBuilder;
import io.conclave.ConclaveObserver;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Credentials;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.TlsOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The options of a connection, checked as they are given. */
public final class ConclaveOptions implements ConclaveBuilder {
    private static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(10);
    private static final AtomicLong LABELS = new AtomicLong();

    final BackendUrl url;
    Duration sessionTimeout;
    Duration connectTimeout = Duration.ofSeconds(15);
    Duration callTimeout = Duration.ofSeconds(5);
    boolean serverMayComeLater;
    String owner = "pid-" + ProcessHandle.current().pid() + "-" + LABELS.incrementAndGet();

    @Nullable
    Executor executor;

    Optional<Credentials> credentials = Optional.empty();
    Optional<TlsOptions> tls = Optional.empty();
    ConclaveObserver observer = new ConclaveObserver() {};
    Timekeeper timekeeper = Timekeeper.system();

    /** Options for this URL. */
    public ConclaveOptions(String url) {
        this.url = BackendUrl.parse(url);
        this.sessionTimeout = requirePositive(
                "sessionTimeout", this.url.duration("sessionTimeout").orElse(DEFAULT_SESSION_TIMEOUT));
    }

    @Override
    public ConclaveBuilder sessionTimeout(Duration timeout) {
        sessionTimeout = requirePositive("sessionTimeout", timeout);
        return this;
    }

    @Override
    public ConclaveBuilder connectTimeout(Duration timeout) {
        connectTimeout = requirePositive("connectTimeout", timeout);
        return this;
    }

    @Override
    public ConclaveBuilder callTimeout(Duration timeout) {
        callTimeout = requirePositive("callTimeout", timeout);
        return this;
    }

    @Override
    public ConclaveBuilder serverMayComeLater(boolean later) {
        serverMayComeLater = later;
        return this;
    }

    @Override
    public ConclaveBuilder owner(String label) {
        owner = ContenderData.requireLabel("owner", label);
        return this;
    }

    @Override
    public ConclaveBuilder executor(Executor userExecutor) {
        executor = Objects.requireNonNull(userExecutor, "executor");
        return this;
    }

    @Override
    public ConclaveBuilder credentials(Credentials who) {
        credentials = Optional.of(who);
        return this;
    }

    @Override
    public ConclaveBuilder tls(TlsOptions options) {
        tls = Optional.of(options);
        return this;
    }

    @Override
    public ConclaveBuilder observer(ConclaveObserver hears) {
        observer = Objects.requireNonNull(hears, "observer");
        return this;
    }

    @Override
    public ConclaveBuilder timekeeper(Timekeeper time) {
        timekeeper = Objects.requireNonNull(time, "timekeeper");
        return this;
    }

    @Override
    public Conclave connect() {
        return ConclaveCore.connect(this);
    }

    private static Duration requirePositive(String what, Duration time) {
        Objects.requireNonNull(time, what);
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException(what + " " + time + " is not positive");
        }
        return time;
    }
}
