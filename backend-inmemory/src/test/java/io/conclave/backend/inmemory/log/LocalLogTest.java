package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class LocalLogTest {
    private final Queue<Runnable> later = new ArrayDeque<>();
    private final Lines machine = new Lines();
    private final LocalLog log = new LocalLog(7, machine, later::add, 2);

    @Test
    void entriesAreAppliedInOrderAndAnswered() throws Exception {
        assertThat(log.submit(bytes("a")).get()).isEqualTo("1:a");
        assertThat(log.submit(bytes("b")).get()).isEqualTo("2:b");
        assertThat(machine.lines).containsExactly("leads 1", "a", "b");
        assertThat(log.readBarrier()).isCompleted();
        assertThat(log.status().appliedIndex()).isEqualTo(2);
    }

    @Test
    void aBarrierWaitsForWhatWasSubmittedBefore() {
        List<CompletableFuture<?>> futures = new ArrayList<>();
        machine.during = () -> {
            machine.during = () -> {};
            futures.add(log.submit(bytes("inner")));
            futures.add(log.readBarrier());
            assertThat(futures).noneMatch(CompletableFuture::isDone);
            assertThat(log.submit(bytes("too many"))).isCompletedExceptionally();
        };
        log.submit(bytes("outer"));
        assertThat(futures).allMatch(CompletableFuture::isDone);
        assertThat(machine.lines).containsExactly("leads 1", "outer", "inner");
    }

    @Test
    void aClosedLogTakesNothing() {
        log.close();
        assertThatThrownBy(() -> log.submit(bytes("a")).join()).hasCauseInstanceOf(NotLeaderException.class);
        assertThat(log.leadership().own()).isFalse();
        assertThat(machine.lines).containsExactly("leads 1");
    }

    @Test
    void whatIsUnderWayWhenItIsClosedIsUnknown() {
        List<CompletableFuture<?>> futures = new ArrayList<>();
        machine.during = () -> {
            futures.add(log.submit(bytes("inner")));
            log.close();
        };
        log.submit(bytes("outer"));
        assertThatThrownBy(() -> futures.get(0).join()).hasCauseInstanceOf(OutcomeUnknownException.class);
    }

    @Test
    void aFailureOfTheMachineFailsTheEntryAlone() {
        machine.during = () -> {
            throw new IllegalStateException("planted");
        };
        assertThatThrownBy(() -> log.submit(bytes("a")).join()).hasMessageContaining("planted");
        machine.during = () -> {};
        assertThat(log.submit(bytes("b"))).isCompletedWithValue("2:b");
    }

    @Test
    void aSnapshotIsReadBack() {
        log.submit(bytes("a"));
        assertThat(log.snapshot()).isCompleted();
        assertThat(machine.lines).containsExactly("leads 1", "a");
        assertThat(log.status().snapshotIndex()).isEqualTo(1);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static final class Lines implements ReplicatedLog.Machine {
        List<String> lines = new ArrayList<>();
        Runnable during = () -> {};

        @Override
        public Object apply(long index, byte[] entry) {
            String text = new String(entry, StandardCharsets.UTF_8);
            during.run();
            lines.add(text);
            return index + ":" + text;
        }

        @Override
        public ReplicatedLog.SnapshotWriter capture() {
            String all = String.join("\n", lines);
            return out -> out.write(bytes(all));
        }

        @Override
        public void restore(InputStream in) throws IOException {
            lines = new ArrayList<>(List.of(new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")));
        }

        @Override
        public void onLeadership(Leadership now) {
            lines.add((now.own() ? "leads " : "follows ") + now.term());
        }
    }
}
