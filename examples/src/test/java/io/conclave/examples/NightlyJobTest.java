package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.GrantLostException;
import io.conclave.backend.inmemory.EmbeddedStore;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class NightlyJobTest {
    private static final String STORE = "examples-nightly";
    private static final String URL = "inmemory:" + STORE;
    private static final LocalDate NIGHT = LocalDate.of(2026, 11, 28);

    private final Conclave onlooker = Conclave.connect(URL);

    @AfterEach
    void close() {
        onlooker.close();
        EmbeddedStore.discard(STORE);
    }

    @Test
    void theProgramLeavesOneReportANight() throws Exception {
        NightlyJob.main(new String[] {URL, "machine-1", NIGHT.toString()});
        NightlyJob.main(new String[] {URL, "machine-2", NIGHT.toString()});
        NightlyJob.main(new String[] {URL, "machine-2", NIGHT.plusDays(1).toString()});

        assertThat(onlooker.nodes().children("/jobs/report/of")).hasSize(2);
        assertThat(onlooker.nodes()
                        .get("/jobs/report/done/" + NIGHT)
                        .orElseThrow()
                        .data()
                        .asUtf8())
                .isEqualTo("machine-1");
        assertThatThrownBy(() -> NightlyJob.main(new String[0])).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ofManyMachinesAtOnceOneDoesTheWork() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        List<CompletableFuture<Boolean>> machines = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String machine = "machine-" + i;
            machines.add(CompletableFuture.supplyAsync(
                    () -> {
                        try (Conclave conclave = Conclave.connect(URL)) {
                            return NightlyJob.runOnce(conclave, NIGHT, machine, grant -> runs.incrementAndGet());
                        } catch (InterruptedException | TimeoutException failure) {
                            throw new CompletionException(failure);
                        }
                    },
                    task -> new Thread(task, machine).start()));
        }
        int here = 0;
        for (CompletableFuture<Boolean> machine : machines) {
            here += machine.get(20, TimeUnit.SECONDS) ? 1 : 0;
        }
        assertThat(here).isEqualTo(1);
        assertThat(runs).hasValue(1);
    }

    @Test
    void whenTheMachineLosesTheLockInTheMiddleTheNextOneDoesTheWork() throws Exception {
        try (Conclave first = Conclave.connect(URL)) {
            assertThatThrownBy(() -> NightlyJob.runOnce(
                            first,
                            NIGHT,
                            "machine-1",
                            grant -> EmbeddedStore.named(STORE)
                                    .faults()
                                    .session(first.health().sessionId())
                                    .expire()))
                    .isInstanceOf(GrantLostException.class);
        }
        assertThat(onlooker.nodes().get("/jobs/report/done/" + NIGHT)).isEmpty();
        assertThat(NightlyJob.runOnce(onlooker, NIGHT, "machine-2", grant -> {}))
                .isTrue();
    }
}
