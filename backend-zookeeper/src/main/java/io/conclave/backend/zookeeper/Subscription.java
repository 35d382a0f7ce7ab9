package io.conclave.backend.zookeeper;

import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.support.AbstractWatch;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One caller's watch. */
final class Subscription extends AbstractWatch {
    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    private final Consumer<Subscription> remove;

    Subscription(WatchSpec spec, WatchListener listener, Executor drain, Consumer<Subscription> remove) {
        super(spec, listener, drain);
        this.remove = remove;
    }

    @Override
    protected void onCancelled() {
        remove.accept(this);
    }

    @Override
    protected void onListenerFailure(Throwable failure) {
        LOG.warn("a watch listener failed at {}", spec().target().path(), failure);
    }
}
