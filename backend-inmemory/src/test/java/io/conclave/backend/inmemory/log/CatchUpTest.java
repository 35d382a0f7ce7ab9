package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many entries: what they leave behind in memory and on disk, and how a member that was away comes back. */
final class CatchUpTest {
    private static final int ENTRIES = Integer.getInteger("conclave.logEntries", 20_000);
    private static final int SNAPSHOT_ENTRIES = Math.max(2_000, ENTRIES / 20);
    private static final int ENTRY_BYTES = 100;

    @TempDir
    Path folder;

    @Test
    void aMemberThatWasAwayCatchesUpBySnapshotAndTheLogStaysBounded() throws Exception {
        try (Members members =
                Members.start(folder, 3, spec -> spec.withSnapshotsAfter(SNAPSHOT_ENTRIES, 64L << 20), Sum::new)) {
            int leader = members.awaitLeader();
            int away = leader % 3 + 1;
            members.stop(away);
            write(members, ENTRIES / 5);
            long heapBefore = heapAfterCollection();
            write(members, ENTRIES - ENTRIES / 5);
            long heapAfter = heapAfterCollection();
            leader = members.awaitLeader();
            Sum sum = (Sum) members.machine(leader);
            LogStatus status = members.log(leader).status();
            assertThat(status.snapshotIndex()).isGreaterThan(ENTRIES / 2);
            assertThat(status.firstIndex()).as("the log was cut").isGreaterThan(ENTRIES / 2);
            assertThat(status.logBytes())
                    .as("the log on disk holds some snapshots' worth of entries, not all")
                    .isLessThan(4L * SNAPSHOT_ENTRIES * (ENTRY_BYTES + 80)
                            + 2L * members.spec(1).segmentBytes());

            members.start(away);
            Sum back = (Sum) members.machine(away);
            long count = sum.count();
            Members.await("the member to catch up", () -> back.count() >= count);
            assertThat(back.restores()).as("by a snapshot").isPositive();
            write(members, 1);
            long last = ((Sum) members.machine(members.awaitLeader())).count();
            Members.await("all to apply the last", () -> back.count() == last && sum.count() == last);
            assertThat(back.value()).isEqualTo(sum.value());
            System.out.printf(
                    "FIGURES CatchUpTest: %d entries of %d bytes; heap after collection %d KB after a fifth, %d KB"
                            + " after all; log on disk %d KB; first entry kept %d%n",
                    last, ENTRY_BYTES, heapBefore >> 10, heapAfter >> 10, status.logBytes() >> 10, status.firstIndex());
            if (ENTRIES >= 500_000) {
                assertThat(heapAfter).as("heap after collection").isLessThan(heapBefore + (32 << 20));
            }
        }
    }

    /** As many acknowledged entries, however often leadership changes meanwhile. */
    private static void write(Members members, int entries) throws InterruptedException {
        Semaphore window = new Semaphore(512);
        Semaphore acknowledged = new Semaphore(0);
        for (int left = entries; left > 0; ) {
            RaftLog leader = members.log(members.awaitLeader());
            for (int i = 0; i < left; i++) {
                window.acquire();
                leader.submit(new byte[ENTRY_BYTES]).whenComplete((answer, failure) -> {
                    if (failure == null) {
                        acknowledged.release();
                    }
                    window.release();
                });
            }
            window.acquire(512);
            window.release(512);
            left -= acknowledged.drainPermits();
        }
    }

    private static long heapAfterCollection() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** A machine whose state is small however much it has applied, and different if one entry is missing or misplaced. */
    private static final class Sum implements ReplicatedLog.Machine {
        private long count;
        private long value;
        private int restores;

        @Override
        public synchronized Object apply(long index, byte[] entry) {
            CRC32C crc = new CRC32C();
            crc.update(entry);
            value = value * 31 + crc.getValue() + index;
            return ++count;
        }

        @Override
        public synchronized ReplicatedLog.SnapshotWriter capture() {
            long countNow = count;
            long valueNow = value;
            return out -> {
                DataOutputStream data = new DataOutputStream(out);
                data.writeLong(countNow);
                data.writeLong(valueNow);
            };
        }

        @Override
        public synchronized void restore(InputStream in) throws IOException {
            DataInputStream data = new DataInputStream(in);
            count = data.readLong();
            value = data.readLong();
            restores++;
        }

        @Override
        public void onLeadership(Leadership now) {}

        synchronized long count() {
            return count;
        }

        synchronized long value() {
            return value;
        }

        synchronized int restores() {
            return restores;
        }
    }
}
