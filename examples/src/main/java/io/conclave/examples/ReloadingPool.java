package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.config.ConfigKey;
import io.conclave.config.ConfigSnapshot;
import io.conclave.config.ConfigValue;
import io.conclave.config.Configuration;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** A pool whose size follows the configuration while the program runs. */
public final class ReloadingPool implements AutoCloseable {
    // snippet:keys
    static final ConfigKey<Long> SIZE = ConfigKey.number("pool/size", 10);
    static final ConfigKey<String> URL = ConfigKey.text("pool/url", "jdbc:h2:mem:");
    // end

    private final AtomicLong size = new AtomicLong();
    private final Configuration configuration;
    private final Registration registration;

    /** Starts with what the store has, or the defaults. */
    public ReloadingPool(Conclave conclave) throws InterruptedException, TimeoutException {
        // snippet:reload
        configuration = Configuration.of(conclave, "/config/shop");
        configuration.awaitLoaded(Duration.ofSeconds(10));
        size.set(configuration.get(SIZE));
        registration = configuration.onChange(SIZE, (before, now) -> size.set(now));
        // end
    }

    /** How large the pool is now. */
    public long size() {
        return size.get();
    }

    /** Makes the pool larger, whatever others do meanwhile. */
    public void grow(long by) throws InterruptedException {
        // snippet:compare
        ConfigValue<Long> read = configuration.snapshot(SIZE).value(SIZE);
        while (!configuration.publish(read, read.value() + by)) { // false: somebody else was first
            read = configuration.snapshot(SIZE).value(SIZE);
        }
        // end
    }

    /** Changes both settings together, and reads them together. */
    public String move(String url, long newSize) throws InterruptedException {
        // snippet:together
        configuration.update().set(URL, url).set(SIZE, newSize).apply();
        ConfigSnapshot both = configuration.snapshot(URL, SIZE); // both.isAtomic(): on etcd and the embedded store
        return both.get(URL) + " with " + both.get(SIZE);
        // end
    }

    @Override
    public void close() {
        registration.close();
        configuration.close();
    }

    /** A pool that is changed while it runs, on a store of its own. */
    public static void main(String[] args) throws Exception {
        try (Conclave conclave = Conclave.connect("inmemory:reloading-pool");
                ReloadingPool pool = new ReloadingPool(conclave)) {
            System.out.println(pool.size());
            pool.grow(5);
            System.out.println(pool.move("jdbc:h2:mem:other", 20));
        }
    }
}
