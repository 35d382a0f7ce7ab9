package io.conclave.histories;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recording, writing, reading, merging; and what the checker says and refuses. */
class HistoryTest {
    @TempDir
    private Path directory;

    @Test
    void whatIsWrittenIsRead() throws IOException {
        Random random = new Random(3);
        History history = Simulation.run(random, () -> new LockSubject(random, "none", true), 4, 20, 500);
        Path file = directory.resolve("history");
        history.write(file);
        assertThat(History.read(List.of(file)).operations()).containsExactlyInAnyOrderElementsOf(history.operations());
    }

    @Test
    void anyTextSurvives() throws IOException {
        String odd = "a b%c\nd\te\u0000 ü 日本 \ud83d\ude00 %20";
        Path file = directory.resolve("odd");
        try (Recorder recorder = Recorder.toFile(file)) {
            recorder.call(odd, odd, odd, odd, "", "%", "-").ok(odd);
            recorder.call("c", "k", "v").ok("");
            recorder.call("c", "k", "v", "").ok();
        }
        List<Operation> read = History.read(List.of(file)).operations();
        assertThat(read.get(0).client()).isEqualTo(odd);
        assertThat(read.get(0).key()).isEqualTo(odd);
        assertThat(read.get(0).verb()).isEqualTo(odd);
        assertThat(read.get(0).arguments()).containsExactly(odd, "", "%", "-");
        assertThat(read.get(0).result()).isEqualTo(odd);
        assertThat(read.get(1).result()).isEmpty();
        assertThat(read.get(2).result()).isNull();
        assertThat(read.get(2).arguments()).containsExactly("");
    }

    @Test
    void aProcessThatIsKilledLeavesItsOpenCallsUnknown() throws IOException {
        Path killed = directory.resolve("killed");
        Path other = directory.resolve("other");
        try (Recorder first = Recorder.toFile(killed);
                Recorder second = Recorder.toFile(other)) {
            first.call("a", "/x", "write", "1").ok();
            first.call("a", "/x", "write", "2"); // its answer never comes
            second.call("b", "/x", "read").ok("2");
        }
        Files.writeString(killed, "> 3 77 a /x wri", StandardOpenOption.APPEND); // the last line is torn
        History history = History.read(List.of(killed, other));
        assertThat(history.operations())
                .extracting(Operation::outcome)
                .containsExactly(Outcome.OK, Outcome.UNKNOWN, Outcome.OK);
        assertThat(LinearizabilityChecker.check(Models.register(), history)).isInstanceOf(Verdict.Ok.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no history\n",
                "conclave-history/2\n",
                "conclave-history/1\n> 1 5 c k\n",
                "conclave-history/1\n> 1 five c k v\n",
                "conclave-history/1\n> 1 5 c k v\n> 1 6 c k v\n",
                "conclave-history/1\n< 1 5 ok\n",
                "conclave-history/1\n> 1 5 c k v\n< 1 6 perhaps\n",
                "conclave-history/1\n> 1 5 c k v\n< 1 4 ok\n",
                "conclave-history/1\n> 1 5 c k v\n< 1 6 fail x\n",
                "conclave-history/1\n> 1 5 c%2 k v\n",
                "conclave-history/1\n? 1 5 c k v\n",
            })
    void whatIsNoHistoryIsRefusedWithFileAndLine(String text) throws IOException {
        Path file = Files.writeString(directory.resolve("bad"), text);
        assertThatThrownBy(() -> History.read(List.of(file)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void manyThreadsRecordAtOnce() throws Exception {
        Path file = directory.resolve("threads");
        Recorder memory = Recorder.inMemory();
        try (Recorder onDisk = Recorder.toFile(file)) {
            List<Thread> threads = new ArrayList<>();
            AtomicLong value = new AtomicLong();
            for (int i = 0; i < 8; i++) {
                String client = "t" + i;
                threads.add(new Thread(() -> {
                    for (int n = 0; n < 500; n++) {
                        Recorder.Call first = memory.call(client, "/n", "add", "1");
                        Recorder.Call second = onDisk.call(client, "/n", "add", "1");
                        String result = Long.toString(value.incrementAndGet());
                        second.ok(result);
                        first.ok(result);
                    }
                }));
            }
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
        }
        for (History history : List.of(memory.history(), History.read(List.of(file)))) {
            assertThat(history.size()).isEqualTo(4_000);
            assertThat(LinearizabilityChecker.check(Models.counter(), history)).isInstanceOf(Verdict.Ok.class);
        }
    }

    @Test
    void anOutcomeIsToldOnce() {
        Recorder recorder = Recorder.inMemory();
        Recorder.Call call = recorder.call("c", "k", "write", "1");
        call.ok();
        call.fail();
        Recorder.Call other = recorder.call("c", "k", "write", "2");
        other.unknown();
        other.ok();
        assertThat(recorder.history().operations())
                .extracting(Operation::outcome)
                .containsExactly(Outcome.OK, Outcome.UNKNOWN);
    }

    @Test
    void objectsAreJudgedEachForItself() {
        List<Operation> operations = List.of(
                Operation.ok("a", "/x", "write", List.of("1"), 0, 1),
                Operation.ok("a", "/y", "read", List.of(), 2, 3, ""),
                Operation.ok("a", "/y", "write", List.of("2"), 4, 5),
                Operation.ok("b", "/y", "read", List.of(), 6, 7, "1"));
        Verdict verdict = LinearizabilityChecker.check(Models.register(), History.of(operations));
        assertThat(verdict).isInstanceOf(Verdict.Violation.class);
        assertThat(((Verdict.Violation) verdict).key()).isEqualTo("/y");
        assertThat(((Verdict.Violation) verdict).prefix()).hasSize(3);
    }

    @Test
    void aViolationIsExplained() {
        List<Operation> operations = List.of(
                Operation.ok("a", "/l", "acquire", List.of("a1"), 1_000_000, 2_000_000, "7"),
                Operation.ok("b", "/l", "acquire", List.of("b1"), 1_500_000, 3_000_000, "8"),
                Operation.ok("a", "/l", "release", List.of("a1"), 4_000_000, 5_000_000),
                Operation.ok("c", "/l", "acquire", List.of("c1"), 6_000_000, 7_000_000, "9"));
        Verdict verdict = LinearizabilityChecker.check(Models.fencedLock(), History.of(operations));
        assertThat(verdict.toString())
                .contains("fenced-lock: /l, in its first 2 operations")
                .contains("no order explains the answer of\n  [0.500, 2.000] b: acquire(b1) → 8")
                .contains("ends with\n  [0.000, 1.000] a: acquire(a1) → 7")
                .contains("held by a1, highest token 7")
                .doesNotContain("c1");
    }

    @Test
    void aSearchThatIsTooLongIsGivenUp() {
        Random random = new Random(1);
        History history = Simulation.run(random, () -> new RegisterSubject(random, "none", true), 6, 20, 500);
        Verdict verdict = LinearizabilityChecker.check(Models.casRegister(), history, 20);
        assertThat(verdict).isInstanceOf(Verdict.BudgetExceeded.class);
        assertThat(verdict.isOk()).isFalse();
        assertThat(verdict.toString()).contains("undecided", "/x");
    }

    /** Many writes whose outcome is unknown, and none of them explains the read: their combinations must not be tried out. */
    @Test
    void unknownOperationsDoNotMultiply() {
        List<Operation> operations = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            operations.add(Operation.unknown("u" + i, "/x", "write", List.of("u" + i), i));
            operations.add(Operation.ok("a", "/x", "write", List.of("a" + i), 1_000 + 4 * i, 1_002 + 4 * i));
            operations.add(Operation.ok("b", "/x", "read", List.of(), 1_003 + 4 * i, 1_003 + 4 * i, "a" + i));
        }
        assertThat(LinearizabilityChecker.check(Models.register(), History.of(operations)))
                .isInstanceOf(Verdict.Ok.class);
        operations.add(Operation.ok("b", "/x", "read", List.of(), 9_000, 9_001, "never written"));
        assertThat(LinearizabilityChecker.check(Models.register(), History.of(operations)))
                .isInstanceOf(Verdict.Violation.class);
    }

    @Test
    void modelsRefuseWhatTheyDoNotKnow() {
        History pop = History.of(List.of(Operation.ok("c", "/q", "pop", List.of(), 0, 1)));
        for (Model<?> model : Models.all()) {
            assertThatThrownBy(() -> LinearizabilityChecker.check(model, pop))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("pop");
            assertThat(Models.named(model.name()).name()).isEqualTo(model.name());
        }
        assertThatThrownBy(() -> Models.named("queue"))
                .hasMessageContaining("'queue'")
                .hasMessageContaining("counter");
        History noNumber = History.of(List.of(Operation.ok("c", "/n", "add", List.of("one"), 0, 1)));
        assertThatThrownBy(() -> LinearizabilityChecker.check(Models.counter(), noNumber))
                .hasMessageContaining("'one'");
        History noToken = History.of(List.of(Operation.ok("c", "/l", "acquire", List.of("h"), 0, 1)));
        assertThatThrownBy(() -> LinearizabilityChecker.check(Models.fencedLock(), noToken))
                .hasMessageContaining("no number");
        assertThatThrownBy(() -> LinearizabilityChecker.check(Models.counter(), noNumber, 0))
                .hasMessageContaining("budget 0");
    }

    @Test
    void anImpossibleOperationIsRefused() {
        assertThatThrownBy(() -> Operation.ok("c", "/x", "read", List.of(), 5, 4))
                .hasMessageContaining("before its call");
        assertThatThrownBy(() -> new Operation("c", "/x", "read", List.of(), 5, 6, Outcome.FAIL, "1"))
                .hasMessageContaining("FAIL");
        assertThatThrownBy(() -> new Operation("c", "/x", "read", List.of(), 5, 6, Outcome.UNKNOWN, null))
                .hasMessageContaining("never");
    }
}
