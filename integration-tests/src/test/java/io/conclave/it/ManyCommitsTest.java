package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.counter.SharedValue;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.it.support.MemberServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Many commits on a replicated store: what they leave behind in memory and on disk, and how a member that was away comes back.
 *
 * <pre>mvn -pl integration-tests verify -Dtest=ManyCommitsTest -Dconclave.commits=1000000</pre>
 */
@Timeout(1_800)
final class ManyCommitsTest {
    private static final int COMMITS = Integer.getInteger("conclave.commits", 10_000);
    /** None is being taken when a fifth of the commits is done, as it would count for the heap. */
    private static final int SNAPSHOT_ENTRIES = Math.max(100, COMMITS / 75 * 2);

    private static final int CLIENTS = 4;
    private static final int SLOTS = 256;
    private static final Duration SESSION = Duration.ofSeconds(20);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long HEAP_GROWTH_MOST_KB = 8 << 10;
    private static final long LOG_BYTES_MOST = 64 << 20;

    private final List<Conclave> clients = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();
    private final BlockingQueue<Slot> free = new ArrayBlockingQueue<>(SLOTS);
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private MemberServers servers;

    /** One value, written by one commit at a time. */
    private static final class Slot {
        private final SharedValue<String> value;
        private volatile String last = "";

        Slot(SharedValue<String> value) {
            this.value = value;
        }
    }

    @AfterEach
    void stop() {
        clients.forEach(Conclave::close);
        if (servers != null) {
            servers.close();
        }
    }

    private void write(int commits) throws InterruptedException {
        for (int i = 0; i < commits; i++) {
            Slot slot = free.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
            assertThat(slot).as("a commit is answered; failures " + failures).isNotNull();
            String next = "commit " + i + " of " + commits + ", with some more text as a payload has it";
            var unused = slot.value.setAsync(next).whenComplete((written, failure) -> {
                slot.last = next;
                if (failure != null) {
                    failures.add(failure);
                }
                free.add(slot);
            });
        }
        Await.until(() -> free.size() == SLOTS, LIMIT, "all commits are answered");
        assertThat(failures).as("commits that failed").isEmpty();
    }

    /** Of the leader, after a collection, in KB. */
    private long heap() throws Exception {
        return servers.heap(servers.leader()) >> 10;
    }

    private long fact(int member, String name) throws InterruptedException {
        return Long.parseLong(servers.status().get(member).facts().getOrDefault(name, "0"));
    }

    @Test
    void memoryAndLogStayBoundedAndAMemberThatWasAwayComesBackBySnapshot() throws Exception {
        servers = MemberServers.three(SNAPSHOT_ENTRIES, "160m");
        for (int i = 0; i < CLIENTS; i++) {
            clients.add(Conclave.connect(servers.url("/many", SESSION)));
        }
        for (int i = 0; i < SLOTS; i++) {
            slots.add(new Slot(SharedValue.of(clients.get(i % CLIENTS), "/values/" + i, Codec.utf8())));
        }
        free.addAll(slots);
        long begun = System.nanoTime();
        List<Long> heaps = new ArrayList<>();
        write(COMMITS / 5);
        heaps.add(heap());

        int away = servers.follower();
        servers.kill(away);
        long had = fact(servers.leader(), "lastIndex");
        write(COMMITS / 5);
        int leader = servers.leader();
        assertThat(fact(leader, "firstIndex"))
                .as("the first entry that the leader still has: those that the member lacks are gone")
                .isGreaterThan(had);
        servers.restart(away);
        servers.awaitServing(away);
        long committed = fact(leader, "committedIndex");
        Await.until(() -> fact(away, "appliedIndex") >= committed, LIMIT, "the member has caught up");

        heaps.add(heap());
        for (int fifth = 2; fifth < 5; fifth++) {
            write(COMMITS / 5);
            heaps.add(heap());
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        long logBytes = fact(servers.leader(), "logBytes");
        Figures.print(
                "ManyCommitsTest",
                "%d commits in %.1f s; heap of the leader after a collection, after each fifth: %s KB; log %d KB; one member away for %d",
                COMMITS,
                seconds,
                heaps,
                logBytes >> 10,
                COMMITS / 5);
        long earlier =
                heaps.subList(0, 4).stream().mapToLong(Long::longValue).max().orElseThrow();
        assertThat(heaps.get(4)).as("heap after a collection, in KB").isLessThan(earlier + HEAP_GROWTH_MOST_KB);
        assertThat(logBytes).as("log on disk").isLessThan(LOG_BYTES_MOST);
        for (Slot slot : slots) {
            assertThat(slot.value.get().orElseThrow().value()).isEqualTo(slot.last);
        }
    }
}
