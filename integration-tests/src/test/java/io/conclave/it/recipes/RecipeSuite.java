package io.conclave.it.recipes;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * The behaviour of one recipe: an abstract suite extends this, and has one small subclass for each {@link Store}. Each test has a {@link World} of its own; all suites of a run share one server of each
 * kind.
 */
@Timeout(120)
@ExtendWith(RecipeSuite.SharedServers.class)
public abstract class RecipeSuite {
    private static final AtomicInteger WORLDS = new AtomicInteger();

    private final Store store;
    protected World world;

    protected RecipeSuite(Store store) {
        this.store = store;
    }

    /** The store on which this is played. */
    protected final Store store() {
        return store;
    }

    @BeforeEach
    final void makeWorld() throws Exception {
        world = store == Store.EMBEDDED
                ? new EmbeddedWorld()
                : new ServerWorld(SharedServers.of(store), "/world" + WORLDS.incrementAndGet());
    }

    @AfterEach
    final void closeWorld() throws Exception {
        if (world != null) {
            world.close();
        }
    }

    /** Starts a server when the first suite needs it; it ends with the run. */
    static final class SharedServers implements BeforeAllCallback {
        private static ExtensionContext.Store kept;

        @Override
        public void beforeAll(ExtensionContext context) {
            keep(context.getRoot().getStore(Namespace.create(RecipeSuite.class)));
        }

        private static synchronized void keep(ExtensionContext.Store store) {
            kept = store;
        }

        private record Running(Servers servers) implements AutoCloseable {
            @Override
            public void close() {
                servers.close();
            }
        }

        static synchronized Servers of(Store store) {
            return kept.getOrComputeIfAbsent(store, kind -> new Running(start(kind)), Running.class)
                    .servers();
        }

        private static Servers start(Store kind) {
            try {
                return switch (kind) {
                    case ZOOKEEPER -> ZooKeeperServers.one();
                    case ETCD -> EtcdProcesses.one();
                    case REPLICATED -> MemberProcesses.one();
                    case EMBEDDED -> throw new IllegalArgumentException("it has no server");
                };
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while the server starts", interrupted);
            } catch (IOException failure) {
                throw new AssertionError("the server does not start", failure);
            }
        }
    }
}
