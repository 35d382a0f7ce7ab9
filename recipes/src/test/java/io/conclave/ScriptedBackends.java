package io.conclave;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Answers to {@code scripted:NAME} with what a test has registered under the name. */
public final class ScriptedBackends implements BackendProvider {
    private static final Map<String, Function<BackendConfig, CompletionStage<Backend>>> SCRIPTS =
            new ConcurrentHashMap<>();
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** Registers a backend and returns its URL. */
    public static String urlOf(Backend backend) {
        return urlOf(config -> CompletableFuture.completedFuture(backend));
    }

    /** Registers a way to connect and returns its URL. */
    public static String urlOf(Function<BackendConfig, CompletionStage<Backend>> connect) {
        String name = "script-" + NAMES.incrementAndGet();
        SCRIPTS.put(name, connect);
        return "scripted:" + name;
    }

    @Override
    public Set<String> schemes() {
        return Set.of("scripted");
    }

    @Override
    public Set<String> parameters() {
        return Set.of();
    }

    @Override
    public CompletionStage<Backend> connect(BackendConfig config) {
        return SCRIPTS.get(config.url().name()).apply(config);
    }
}
