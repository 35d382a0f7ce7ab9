package io.conclave.config;

import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Write;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Changes of a configuration. A key that is set whatever it was is put or made, whichever the copy says; if the store sees it otherwise, the other is tried. A commit that is refused for a
 * value that was to be compared is final.
 */
final class Update implements ConfigUpdate {
    private static final int TRIES_MAX = 100;

    /** What to do with one node; a change with an expectation is compared. Without data the node is removed, or only compared. */
    private static final class Change {
        final @Nullable Payload data;
        final @Nullable ConfigValue<?> expected;
        final boolean remove;
        boolean make;

        Change(@Nullable Payload data, @Nullable ConfigValue<?> expected, boolean remove, boolean make) {
            this.data = data;
            this.expected = expected;
            this.remove = remove;
            this.make = make;
        }
    }

    private final CachedConfiguration configuration;
    private final Map<NodePath, Change> changes = new LinkedHashMap<>();

    Update(CachedConfiguration configuration) {
        this.configuration = configuration;
    }

    private static <T> Payload encode(ConfigKey<T> key, T value) {
        return Payload.of(key.codec().encode(Objects.requireNonNull(value, "value")));
    }

    private ConfigUpdate add(ConfigKey<?> key, Change change) {
        if (changes.putIfAbsent(configuration.node(key), change) != null) {
            throw new IllegalArgumentException(key + " is changed twice in one update");
        }
        return this;
    }

    @Override
    public <T> ConfigUpdate set(ConfigKey<T> key, T value) {
        return add(
                key,
                new Change(
                        encode(key, value),
                        null,
                        false,
                        !configuration.value(key).stored()));
    }

    @Override
    public <T> ConfigUpdate replace(ConfigValue<T> read, T value) {
        return add(read.key(), new Change(encode(read.key(), value), read, false, !read.stored()));
    }

    @Override
    public <T> ConfigUpdate remove(ConfigValue<T> read) {
        return add(read.key(), new Change(null, read, read.stored(), false));
    }

    @Override
    public <T> ConfigUpdate require(ConfigValue<T> read) {
        return add(read.key(), new Change(null, read, false, false));
    }

    @Override
    public boolean apply() throws InterruptedException {
        if (changes.values().stream().noneMatch(change -> change.data != null || change.remove)) {
            throw new IllegalStateException("an update without a change");
        }
        for (int i = 0; i < TRIES_MAX; i++) {
            CommitResult result = configuration.conclave().nodes().commit(this::write);
            if (result instanceof CommitResult.Applied) {
                return true;
            }
            if (!correct(((CommitResult.Refused) result).index())) {
                return false;
            }
        }
        throw new UnavailableException("keys were made and removed by others " + TRIES_MAX + " times in between");
    }

    private void write(Commit.Builder commit) {
        changes.forEach((path, change) -> {
            ConfigValue<?> expected = change.expected;
            if (expected != null) {
                guard(commit, path, expected);
            }
        });
        changes.forEach((path, change) -> {
            if (change.remove) {
                commit.write(Write.delete(path));
            } else if (change.data != null && change.make) {
                commit.write(Write.create(path, change.data, CreateMode.PERSISTENT));
            } else if (change.data != null) {
                commit.write(Write.put(path, change.data));
            }
        });
    }

    private void guard(Commit.Builder commit, NodePath path, ConfigValue<?> expected) {
        if (!expected.stored()) {
            commit.guard(Guard.absent(path));
            return;
        }
        commit.guard(Guard.versionIs(path, expected.version()));
        boolean exact =
                configuration.conclave().capabilities().createdRevisionGuard() == Capabilities.CreatedRevisionGuard.ALL;
        if (exact && expected.createdRevision() > 0) {
            commit.guard(Guard.present(path, expected.createdRevision()));
        }
    }

    /** Whether another try makes sense: only what is set unconditionally was refused, and is put instead of made, or the other way round. */
    private boolean correct(int index) {
        int guards = 0;
        boolean exact =
                configuration.conclave().capabilities().createdRevisionGuard() == Capabilities.CreatedRevisionGuard.ALL;
        for (Change change : changes.values()) {
            ConfigValue<?> expected = change.expected;
            if (expected != null) {
                guards += expected.stored() && exact && expected.createdRevision() > 0 ? 2 : 1;
            }
        }
        int write = guards;
        for (Change change : changes.values()) {
            if (change.data == null && !change.remove) {
                continue;
            }
            if (write == index && change.expected == null) {
                change.make = !change.make;
                return true;
            }
            write++;
        }
        return false;
    }
}
