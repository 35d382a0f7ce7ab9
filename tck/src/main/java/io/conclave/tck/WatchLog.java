package io.conclave.tck;

import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Remembers what a watch told. */
final class WatchLog implements WatchListener {
    /**
     * One call.
     *
     * @param kind what changed; null for a resync and the end
     * @param path where; null likewise
     * @param revision as told
     * @param end why the watch ended; null if it did not
     */
    record Call(
            WatchSpec.@Nullable Kind kind,
            @Nullable NodePath path,
            long revision,
            @Nullable BackendException end) {
        boolean isResync() {
            return kind == null && end == null;
        }

        boolean isEnd() {
            return end != null;
        }
    }

    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final Consumer<Call> onCall;
    private volatile @Nullable Watch watch;

    WatchLog(Consumer<Call> onCall) {
        this.onCall = onCall;
    }

    void started(Watch running) {
        watch = running;
    }

    Watch watch() {
        Watch running = watch;
        if (running == null) {
            throw new IllegalStateException("the watch was not started");
        }
        return running;
    }

    @Override
    public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
        tell(new Call(kind, path, revision, null));
    }

    @Override
    public void onResync(long revision) {
        tell(new Call(null, null, revision, null));
    }

    @Override
    public void onEnd(BackendException why) {
        tell(new Call(null, null, 0, why));
    }

    private void tell(Call call) {
        calls.add(call);
        onCall.accept(call);
    }

    List<Call> calls() {
        return List.copyOf(calls);
    }

    int size() {
        return calls.size();
    }

    /** True if, from the given call on, this change was told or a resync stands for it. */
    boolean heardSince(int from, WatchSpec.Kind kind, NodePath path) {
        return calls.stream()
                .skip(from)
                .anyMatch(call -> call.isResync() || (call.kind() == kind && Objects.equals(call.path(), path)));
    }

    boolean heard(WatchSpec.Kind kind, NodePath path) {
        return heardSince(0, kind, path);
    }

    boolean ended() {
        return calls.stream().anyMatch(Call::isEnd);
    }
}
