package io.conclave.counter;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.UnreadableDataException;
import io.conclave.internal.GuardedNode;
import io.conclave.internal.GuardedNode.Change;
import io.conclave.internal.GuardedNode.Step;
import io.conclave.internal.NodeFollower;
import io.conclave.internal.RecipeParts;
import io.conclave.internal.SerialCallbacks;
import io.conclave.internal.StandardCodecs;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.UnavailableException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The value: one node, changed under guards, followed by one watch for all listeners. Its version is the revision of its last write. */
final class NodeValue<T> implements SharedValue<T> {
    private static final Logger LOG = LoggerFactory.getLogger(NodeValue.class);

    private final RecipeParts parts;
    private final NodePath path;
    private final Codec<T> codec;
    private final GuardedNode node;
    private final NodeFollower follower;

    NodeValue(Conclave conclave, String path, Codec<T> codec) {
        this.parts = new RecipeParts(conclave);
        this.path = RecipeParts.requirePath(path);
        this.codec = Objects.requireNonNull(codec, "codec");
        this.node = new GuardedNode(conclave, this.path, false);
        this.follower = new NodeFollower(conclave, this.path);
    }

    @Override
    public String path() {
        return path.toString();
    }

    private static long version(Optional<Node> state) {
        return state.map(found -> found.modifiedRevision()
                        .orElseThrow(() -> new IllegalStateException(
                                "the store does not tell when " + found.path() + " was written")))
                .orElse(0L);
    }

    private Optional<VersionedValue<T>> decode(Optional<Node> state) {
        return state.map(
                found -> new VersionedValue<>(StandardCodecs.decode(codec, path, found.data()), version(state)));
    }

    private Change<VersionedValue<T>> setting(T value) {
        Payload data = StandardCodecs.encode(codec, value);
        return state -> new Step<>(data, revision -> new VersionedValue<>(value, revision));
    }

    private Change<Optional<VersionedValue<T>>> trying(long version, T value) {
        if (version < 0) {
            throw new IllegalArgumentException("version " + version + " is negative");
        }
        Payload data = StandardCodecs.encode(codec, value);
        return state -> version(state) == version
                ? new Step<>(data, revision -> Optional.of(new VersionedValue<>(value, revision)))
                : Step.keep(Optional.empty());
    }

    @Override
    public Optional<VersionedValue<T>> get() throws InterruptedException {
        return decode(node.stateNow("get"));
    }

    @Override
    public VersionedValue<T> set(T value) throws InterruptedException {
        return node.changeNow("set", setting(value));
    }

    @Override
    public Optional<VersionedValue<T>> trySet(long version, T value) throws InterruptedException {
        return node.changeNow("trySet", trying(version, value));
    }

    @Override
    public VersionedValue<T> update(Function<? super Optional<T>, ? extends T> function) throws InterruptedException {
        Objects.requireNonNull(function, "function");
        long deadline = parts.callDeadline();
        while (true) {
            Optional<VersionedValue<T>> before = get();
            T after = function.apply(before.map(VersionedValue::value));
            Optional<VersionedValue<T>> set =
                    trySet(before.map(VersionedValue::version).orElse(0L), after);
            if (set.isPresent()) {
                return set.get();
            }
            if (parts.timekeeper().isPast(deadline)) {
                throw new UnavailableException(path + " was changed by others all the time");
            }
        }
    }

    @Override
    public CompletableFuture<Optional<VersionedValue<T>>> getAsync() {
        return parts.forUser("getAsync", node.state().thenApply(this::decode));
    }

    @Override
    public CompletableFuture<VersionedValue<T>> setAsync(T value) {
        return node.changeForUser("setAsync", setting(value));
    }

    @Override
    public CompletableFuture<Optional<VersionedValue<T>>> trySetAsync(long version, T value) {
        return node.changeForUser("trySetAsync", trying(version, value));
    }

    @Override
    public Registration addListener(Consumer<? super Optional<VersionedValue<T>>> listener) {
        Listening listening = new Listening(Objects.requireNonNull(listener, "listener"));
        Registration following = follower.follow(listening::read);
        return () -> {
            listening.over = true;
            following.close();
        };
    }

    /** The node as it was read, or that it was absent. */
    private record Seen(Optional<Node> state) {}

    /** One listener: what was read last waits here until the listener has time, so that it always hears the latest. */
    private final class Listening {
        private static final long NOTHING_YET = -1;

        private final Consumer<? super Optional<VersionedValue<T>>> listener;
        private final SerialCallbacks callbacks;
        private volatile boolean over;
        private volatile @Nullable Seen latest;
        private long noticed = NOTHING_YET; // on the follower's drain
        private long told = NOTHING_YET; // on the callbacks' turn

        Listening(Consumer<? super Optional<VersionedValue<T>>> listener) {
            this.listener = listener;
            this.callbacks = parts.serialCallbacks("a listener of " + path, this::tell);
        }

        void read(Optional<Node> state) {
            long version = version(state);
            if (version != noticed) {
                noticed = version;
                latest = new Seen(state);
                callbacks.execute(this::tell);
            }
        }

        private void tell() {
            Seen seen = latest;
            if (over || seen == null || version(seen.state) == told) {
                return;
            }
            told = version(seen.state);
            Optional<VersionedValue<T>> value;
            try {
                value = decode(seen.state);
            } catch (UnreadableDataException unreadable) {
                LOG.warn("a listener of {} is not told: {}", path, unreadable.getMessage(), unreadable);
                return;
            }
            listener.accept(value);
        }
    }

    @Override
    public String toString() {
        return "SharedValue[" + path + "]";
    }
}
