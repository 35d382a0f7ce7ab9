package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the engine calls on its apply thread: hands entries, snapshots and leadership to the machine, and says when a snapshot is due. */
final class ApplyThread extends StateMachineAdapter {
    private static final Logger log = LoggerFactory.getLogger(ApplyThread.class);

    private final LogSpec spec;
    private final ReplicatedLog.Machine machine;
    private final ToIntFunction<PeerId> ids;
    private final Executor snapshots;
    private final Runnable snapshotDue;
    private final Consumer<Leadership> told;
    private long entriesSinceSnapshot;
    private long bytesSinceSnapshot;
    private volatile Leadership leadership = Leadership.unknown(0);
    private volatile long applied;
    private volatile long snapshotIndex;
    private volatile long loadedTerm;
    private volatile boolean failed;

    /**
     * @param snapshots where snapshots are written
     * @param snapshotDue called when one should be taken; not on the apply thread's time
     * @param told called with each change of leadership, after the machine
     */
    ApplyThread(
            LogSpec spec,
            ReplicatedLog.Machine machine,
            ToIntFunction<PeerId> ids,
            Executor snapshots,
            Runnable snapshotDue,
            Consumer<Leadership> told) {
        this.spec = spec;
        this.machine = machine;
        this.ids = ids;
        this.snapshots = snapshots;
        this.snapshotDue = snapshotDue;
        this.told = told;
    }

    Leadership leadership() {
        return leadership;
    }

    long applied() {
        return applied;
    }

    long snapshotIndex() {
        return snapshotIndex;
    }

    /** The term of that entry, if it is the last one of a snapshot that was loaded; else 0. */
    long termOf(long index) {
        return index == snapshotIndex ? loadedTerm : 0;
    }

    boolean failed() {
        return failed;
    }

    // ---- entries

    @Override
    public void onApply(Iterator entries) {
        while (entries.hasNext()) {
            ByteBuffer data = entries.getData();
            Closure done = entries.done();
            entriesSinceSnapshot++;
            bytesSinceSnapshot += data.remaining();
            if (done instanceof Submission submission) {
                apply(entries.getIndex(), submission);
            } else {
                byte[] entry = new byte[data.remaining()];
                data.duplicate().get(entry);
                applyForeign(entries.getIndex(), entry);
            }
            applied = entries.getIndex();
            entries.next();
        }
        machine.onBatchEnd();
        if (entriesSinceSnapshot >= spec.snapshotEntries() || bytesSinceSnapshot >= spec.snapshotBytes()) {
            entriesSinceSnapshot = 0;
            bytesSinceSnapshot = 0;
            snapshotDue.run();
        }
    }

    private void apply(long index, Submission submission) {
        Object result;
        try {
            result = machine.apply(index, submission.entry);
        } catch (RuntimeException failure) {
            log.error("entry {} was not applied as it should", index, failure);
            submission.answer.completeExceptionally(failure);
            return;
        }
        submission.answer.complete(result);
    }

    private void applyForeign(long index, byte[] entry) {
        try {
            machine.apply(index, entry);
        } catch (RuntimeException failure) {
            log.error("entry {} was not applied as it should", index, failure);
        }
    }

    // ---- snapshots

    @Override
    public void onSnapshotSave(SnapshotWriter writer, Closure done) {
        long index = applied;
        ReplicatedLog.SnapshotWriter state = machine.capture();
        entriesSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
        try {
            snapshots.execute(() -> done.run(write(writer, state, index)));
        } catch (RejectedExecutionException closing) {
            done.run(new Status(RaftError.ESTOP, "the log is being closed"));
        }
    }

    private Status write(SnapshotWriter writer, ReplicatedLog.SnapshotWriter state, long index) {
        try {
            Path file = Path.of(writer.getPath(), SnapshotFile.NAME);
            long bytes = SnapshotFile.write(file, state, spec.durability() == Durability.FSYNC);
            if (!writer.addFile(SnapshotFile.NAME)) {
                return new Status(RaftError.EINVAL, "the engine does not take the snapshot");
            }
            snapshotIndex = index;
            loadedTerm = 0;
            log.info("member {} took a snapshot up to entry {}, {} bytes", spec.memberId(), index, bytes);
            return Status.OK();
        } catch (IOException | RuntimeException failure) {
            log.error("member {} could not take a snapshot; it goes on with the log it has", spec.memberId(), failure);
            // not EIO, for which the engine would stop the member
            return new Status(RaftError.EINVAL, "the snapshot was not written: %s", failure);
        }
    }

    @Override
    public boolean onSnapshotLoad(SnapshotReader reader) {
        try {
            SnapshotFile.read(Path.of(reader.getPath(), SnapshotFile.NAME), machine);
            applied = reader.load().getLastIncludedIndex();
            loadedTerm = reader.load().getLastIncludedTerm();
            snapshotIndex = applied;
            entriesSinceSnapshot = 0;
            bytesSinceSnapshot = 0;
            log.info("member {} has loaded a snapshot up to entry {}", spec.memberId(), applied);
            return true;
        } catch (IOException | RuntimeException failure) {
            log.error("member {} cannot load the snapshot in {}", spec.memberId(), reader.getPath(), failure);
            return false;
        }
    }

    // ---- leadership

    @Override
    public void onLeaderStart(long term) {
        tell(new Leadership(term, OptionalInt.of(spec.memberId()), true));
    }

    @Override
    public void onLeaderStop(Status status) {
        tell(Leadership.unknown(leadership.term()));
    }

    @Override
    public void onStartFollowing(LeaderChangeContext context) {
        int id = ids.applyAsInt(context.getLeaderId());
        tell(new Leadership(context.getTerm(), id == 0 ? OptionalInt.empty() : OptionalInt.of(id), false));
    }

    @Override
    public void onStopFollowing(LeaderChangeContext context) {
        tell(Leadership.unknown(context.getTerm()));
    }

    private void tell(Leadership now) {
        if (now.equals(leadership)) {
            return;
        }
        leadership = now;
        log.info("member {}: {}", spec.memberId(), now);
        try {
            machine.onLeadership(now);
        } catch (RuntimeException failure) {
            log.error("member {}: the machine failed to take the news of {}", spec.memberId(), now, failure);
        }
        told.accept(now);
    }

    /** The engine stops applying after this; the member has to be looked at, and started again. */
    @Override
    public void onError(RaftException failure) {
        failed = true;
        log.error("member {} has stopped taking part", spec.memberId(), failure);
        tell(Leadership.unknown(leadership.term()));
    }
}
