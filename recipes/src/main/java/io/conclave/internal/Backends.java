package io.conclave.internal;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.UnavailableException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Finds the provider for a URL and connects. */
final class Backends {
    private Backends() {}

    static Backend connect(ConclaveOptions options, long deadlineNanos) {
        BackendUrl url = options.url;
        BackendProvider provider = provider(url.scheme());
        List<String> known = new ArrayList<>(provider.parameters());
        known.add("sessionTimeout");
        url.requireKnownParameters(known);
        BackendConfig config = new BackendConfig(
                url, options.timekeeper, deadlineNanos, options.serverMayComeLater, options.credentials, options.tls);
        CompletableFuture<Backend> connected = provider.connect(config).toCompletableFuture();
        try {
            return Waits.get(options.timekeeper, connected, deadlineNanos);
        } catch (TimeoutException late) {
            abandon(connected);
            throw new UnavailableException(url + " was not reached within " + options.connectTimeout, late);
        } catch (InterruptedException interrupted) {
            abandon(connected);
            Thread.currentThread().interrupt();
            throw new UnavailableException("interrupted while connecting to " + url, interrupted);
        }
    }

    private static void abandon(CompletableFuture<Backend> connected) {
        Calls.inBackground(connected.thenCompose(Backend::closeAsync), "closing a backend that came too late");
    }

    private static BackendProvider provider(String scheme) {
        Map<String, BackendProvider> byScheme = new LinkedHashMap<>();
        List<ClassLoader> loaders = new ArrayList<>();
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        if (context != null) {
            loaders.add(context);
        }
        loaders.add(Backends.class.getClassLoader());
        for (ClassLoader loader : loaders) {
            for (BackendProvider provider : ServiceLoader.load(BackendProvider.class, loader)) {
                for (String name : provider.schemes()) {
                    BackendProvider other = byScheme.putIfAbsent(name, provider);
                    if (other != null
                            && !other.getClass()
                                    .getName()
                                    .equals(provider.getClass().getName())) {
                        throw new IllegalArgumentException("two backends answer to '" + name + ":': "
                                + other.getClass().getName() + " and "
                                + provider.getClass().getName());
                    }
                }
            }
        }
        BackendProvider found = byScheme.get(scheme);
        if (found == null) {
            String hint = byScheme.isEmpty()
                    ? "there is no backend on the class path"
                    : BackendUrl.suggest(scheme, new TreeSet<>(byScheme.keySet()));
            throw new IllegalArgumentException("no backend for '" + scheme + ":': " + hint);
        }
        return found;
    }
}
