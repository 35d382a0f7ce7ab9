package io.conclave.config;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.UnreadableDataException;
import io.conclave.cache.TreeCache;
import io.conclave.cache.TreeCacheListener;
import io.conclave.internal.ReadTogether;
import io.conclave.internal.RecipeContext;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;

/** A {@link TreeCache} with parsed values on top: each write is parsed once for each key. */
final class CachedConfiguration implements Configuration {
    /** What was read last: of which write, and with which result. */
    private record Parsed<T>(ConfigKey<T> key, long modifiedRevision, T value) {}

    private final Conclave conclave;
    private final NodePath root;
    private final TreeCache cache;
    private final Map<ConfigKey<?>, Parsed<?>> parsed = new ConcurrentHashMap<>();
    private final Map<String, RuntimeException> unreadable = new ConcurrentHashMap<>();

    CachedConfiguration(Conclave conclave, String path) {
        this.conclave = Objects.requireNonNull(conclave, "conclave");
        this.root = RecipeContext.requirePath(path);
        this.cache = TreeCache.of(conclave, path);
        cache.start();
    }

    Conclave conclave() {
        return conclave;
    }

    NodePath node(ConfigKey<?> key) {
        return NodePath.of(root + "/" + key.name());
    }

    @Override
    public String path() {
        return root.toString();
    }

    @Override
    public void awaitLoaded(Duration wait) throws InterruptedException, TimeoutException {
        cache.awaitInitialised(wait);
    }

    @Override
    public <T> T get(ConfigKey<T> key) {
        return value(key).value();
    }

    @Override
    public <T> ConfigValue<T> value(ConfigKey<T> key) {
        return value(key, cache.get(node(key).toString()));
    }

    /** Reads the node's data, or takes what was read of the same write before. */
    <T> ConfigValue<T> value(ConfigKey<T> key, Optional<Node> stored) {
        if (stored.isEmpty()) {
            parsed.remove(key);
            unreadable.remove(key.name());
            return new ConfigValue<>(key, key.defaultValue(), false, true, -1, 0, 0);
        }
        Node node = stored.get();
        long modified = node.modifiedRevision().orElse(0);
        Parsed<T> before = before(key);
        if (before != null && before.modifiedRevision() == modified) {
            return told(key, node, before.value(), true);
        }
        try {
            T value = decode(key, node);
            parsed.put(key, new Parsed<>(key, modified, value));
            unreadable.remove(key.name());
            return told(key, node, value, true);
        } catch (UnreadableDataException foreign) {
            unreadable.put(key.name(), foreign);
            return told(key, node, before == null ? key.defaultValue() : before.value(), false);
        }
    }

    @SuppressWarnings("unchecked") // a key's value was put under the key
    private <T> @org.jspecify.annotations.Nullable Parsed<T> before(ConfigKey<T> key) {
        return (Parsed<T>) parsed.get(key);
    }

    private static <T> T decode(ConfigKey<T> key, Node node) {
        try {
            return Objects.requireNonNull(key.codec().decode(node.data().toByteArray()), "the codec answered null");
        } catch (RuntimeException foreign) {
            throw new UnreadableDataException(
                    "the value of " + node.path() + " cannot be read as " + key + ": " + foreign.getMessage(), foreign);
        }
    }

    private static <T> ConfigValue<T> told(ConfigKey<T> key, Node node, T value, boolean readable) {
        return new ConfigValue<>(
                key,
                value,
                true,
                readable,
                node.version(),
                node.createdRevision().orElse(0),
                node.modifiedRevision().orElse(0));
    }

    @Override
    public Map<String, RuntimeException> unreadable() {
        return java.util.Collections.unmodifiableMap(new TreeMap<>(unreadable));
    }

    @Override
    public ConfigSnapshot snapshot(ConfigKey<?>... keys) throws InterruptedException {
        List<NodePath> paths = new ArrayList<>();
        for (ConfigKey<?> key : keys) {
            paths.add(node(key));
        }
        List<Optional<Node>> nodes = ReadTogether.nodes(conclave, paths);
        Map<ConfigKey<?>, ConfigValue<?>> values = new HashMap<>();
        for (int i = 0; i < keys.length; i++) {
            values.put(keys[i], value(keys[i], nodes.get(i)));
        }
        return new Snapshot(conclave.capabilities().snapshotRead() || keys.length < 2, values);
    }

    private record Snapshot(boolean isAtomic, Map<ConfigKey<?>, ConfigValue<?>> values) implements ConfigSnapshot {
        @Override
        public <T> T get(ConfigKey<T> key) {
            return value(key).value();
        }

        @Override
        @SuppressWarnings("unchecked") // a key's value was put under the key
        public <T> ConfigValue<T> value(ConfigKey<T> key) {
            ConfigValue<?> found = values.get(key);
            if (found == null) {
                throw new IllegalArgumentException(key + " is not part of this snapshot");
            }
            return (ConfigValue<T>) found;
        }
    }

    @Override
    public <T> void publish(ConfigKey<T> key, T value) throws InterruptedException {
        update().set(key, value).apply();
    }

    @Override
    public ConfigUpdate update() {
        return new Update(this);
    }

    @Override
    public <T> Registration onChange(ConfigKey<T> key, ConfigListener<T> listener) {
        Objects.requireNonNull(listener, "listener");
        return cache.addListener(new KeyListener<>(this, key, listener));
    }

    @Override
    public Optional<Throwable> failure() {
        return cache.failure();
    }

    @Override
    public void close() {
        cache.close();
    }

    @Override
    public String toString() {
        return "Configuration[" + root + ", " + cache.size() + " nodes]";
    }

    /** Compares with what it has told before, so what comes twice, or back, is told once. Its calls come one at a time. */
    private static final class KeyListener<T> implements TreeCacheListener {
        private final CachedConfiguration configuration;
        private final ConfigKey<T> key;
        private final NodePath path;
        private final ConfigListener<T> listener;
        private T told;

        KeyListener(CachedConfiguration configuration, ConfigKey<T> key, ConfigListener<T> listener) {
            this.configuration = configuration;
            this.key = key;
            this.path = configuration.node(key);
            this.listener = listener;
            this.told = configuration.get(key);
        }

        @Override
        public void onCreated(Node now) {
            look(now);
        }

        @Override
        public void onChanged(Node before, Node now) {
            look(now);
        }

        @Override
        public void onRemoved(Node before) {
            look(before);
        }

        @Override
        public void onResynced() {
            look();
        }

        @Override
        public void onInitialised() {
            look();
        }

        private void look(Node changed) {
            if (changed.path().equals(path)) {
                look();
            }
        }

        private void look() {
            ConfigValue<T> now = configuration.value(key);
            if (!now.readable()) {
                RuntimeException why = configuration.unreadable.get(key.name());
                if (why != null) {
                    listener.onUnreadable(why);
                }
                return;
            }
            T before = told;
            if (!Objects.equals(before, now.value())) {
                told = now.value();
                listener.onChange(before, now.value());
            }
        }
    }
}
