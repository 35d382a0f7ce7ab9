package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Links cut in between members: what a leader that nobody hears may not do, and what must not come of entries that it could not spread. */
final class PartitionTest {
    @TempDir
    Path folder;

    /** Probe (c): the old leader acknowledges nothing and reads nothing, and a new one serves. */
    @Test
    void aLeaderThatIsCutOffAcknowledgesNothingAndReadsNothing() throws Exception {
        try (Members members = Members.start(folder, 3)) {
            members.write("before");
            int old = members.awaitLeader();
            members.isolate(old);
            CompletableFuture<Object> write = members.log(old).submit(Members.bytes("lost"));
            CompletableFuture<Void> barrier = members.log(old).readBarrier();
            int next = members.awaitLeader(old % 3 + 1, (old + 1) % 3 + 1);
            members.log(next).submit(Members.bytes("after")).get(60, TimeUnit.SECONDS);
            members.log(next).readBarrier().get(60, TimeUnit.SECONDS);

            assertThat(failure(write)).isInstanceOf(OutcomeUnknownException.class);
            assertThat(failure(barrier)).isInstanceOf(NotLeaderException.class);
            assertThat(failure(members.log(old).readBarrier())).isInstanceOf(NotLeaderException.class);
            assertThat(failure(members.log(old).submit(Members.bytes("late")))).isInstanceOf(NotLeaderException.class);
            assertThat(members.tape(old).lines())
                    .as("the old leader has applied nothing since")
                    .containsExactly("before");

            members.heal();
            assertThat(members.awaitAgreement()).startsWith("before", "after").doesNotContain("lost", "late");
        }
    }

    /** A majority that hears nobody serves nobody, however long, and goes on when it does. */
    @Test
    void membersThatHearNobodyServeNobody() throws Exception {
        try (Members members = Members.start(folder, 3)) {
            members.write("before");
            List<String> before = members.awaitAgreement();
            int old = members.awaitLeader();
            members.isolate(1);
            members.isolate(2);
            members.isolate(3);
            assertThat(failure(members.log(old).readBarrier())).isInstanceOf(NotLeaderException.class);
            members.tape(old)
                    .await("that it leads no more", tape -> !last(tape.news()).own());
            for (int id = 1; id <= 3; id++) {
                assertThat(failure(members.log(id).submit(new byte[1]))).isInstanceOf(NotLeaderException.class);
                assertThat(failure(members.log(id).readBarrier())).isInstanceOf(NotLeaderException.class);
                assertThat(members.tape(id).lines()).isEqualTo(before);
            }
            members.heal();
            members.write("after");
            assertThat(members.awaitAgreement())
                    .startsWith(before.toArray(String[]::new))
                    .contains("after");
        }
    }

    /**
     * Probe (b), figure 8 of the Raft paper: an entry of an earlier term comes to stand on a majority, and must not be committed by that alone, since another leader may still replace it.
     *
     * <p>Member {@code a} leads and leaves an entry at itself only. {@code b} is elected and leaves an entry of its own, at the same place, at itself only. {@code a} is elected again; its old entry reaches {@code c}, and the links
     * stop all entries of its present term. Then {@code b} leads again, and what {@code a} had is replaced.
     */
    @Test
    void anEntryOfAnEarlierTermIsNotCommittedByCountingWhereItIs() throws Exception {
        try (Members members = Members.start(folder, 3)) {
            members.write("base");
            members.awaitAgreement();
            int a = members.awaitLeader();
            Members.await(
                    "all logs to be equal", () -> logEnds(members).distinct().count() == 1);
            long oldTerm = members.log(a).leadership().term();
            long place = members.log(a).status().lastIndex() + 1;

            // a is alone with an entry so large that it travels in a message of its own
            members.sieve((from, to, message) -> !hasEntries(message));
            members.isolate(a);
            CompletableFuture<Object> old = members.log(a).submit(Members.bytes("old " + "x".repeat(600_000)));
            Members.await("a to have it", () -> members.log(a).status().lastIndex() == place);
            assertThat(failure(old)).isInstanceOf(OutcomeUnknownException.class);

            // b is elected, and cannot pass on the entry with which its term begins
            Members.await("another to be elected", () -> others(a).anyMatch(id -> leads(members, id)));
            int b = others(a).filter(id -> leads(members, id)).findFirst().orElseThrow();
            int c = 6 - a - b;
            Members.await("b to begin its term", () -> members.log(b).status().lastIndex() == place);
            members.isolate(b);

            // a is elected again by c, which gets the old entry and none of the new term
            AtomicInteger heard = new AtomicInteger();
            members.sieve((from, to, message) -> {
                if (from == c && to == a && acknowledges(message, place)) {
                    heard.incrementAndGet();
                }
                return !hasEntries(message) || isOnlyOf(message, oldTerm);
            });
            members.heal();
            members.isolate(b);
            Members.await("c to have the old entry, and a to know it for some time", () -> heard.get() >= 5);
            assertThat(members.log(a).status().state()).isEqualTo("leader");
            assertThat(members.log(a).status().committedIndex()).isLessThan(place);
            assertThat(members.log(a).leadership().own()).isFalse();
            for (int id = 1; id <= 3; id++) {
                assertThat(members.tape(id).lines()).noneMatch(line -> line.startsWith("old"));
            }

            // b leads again with c: the old entry is replaced, for good
            members.isolate(a);
            members.sieve((from, to, message) -> true);
            members.heal();
            members.isolate(a);
            assertThat(members.awaitLeader(b, c)).as("c's log is older").isEqualTo(b);
            members.log(b).submit(Members.bytes("new")).get(60, TimeUnit.SECONDS);
            members.heal();
            assertThat(members.awaitAgreement()).contains("base", "new").noneMatch(line -> line.startsWith("old"));
        }
    }

    private static Stream<Integer> others(int member) {
        return Stream.of(1, 2, 3).filter(id -> id != member);
    }

    private static Stream<Long> logEnds(Members members) {
        return Stream.of(1, 2, 3).map(id -> members.log(id).status().lastIndex());
    }

    private static boolean leads(Members members, int id) {
        return members.log(id).status().state().equals("leader");
    }

    private static boolean hasEntries(Object message) {
        return message instanceof AppendEntriesRequest request && request.getEntriesCount() > 0;
    }

    private static boolean isOnlyOf(Object message, long term) {
        return message instanceof AppendEntriesRequest request
                && request.getEntriesList().stream().allMatch(entry -> entry.getTerm() == term);
    }

    private static boolean acknowledges(Object message, long index) {
        return message instanceof AppendEntriesResponse response
                && response.getSuccess()
                && response.getLastLogIndex() >= index;
    }

    /** The same by chance: leaders are cut off again and again under load, and everything that was acknowledged is at all members, in one order. */
    @Test
    void nothingAcknowledgedIsLostWhileLeadersAreCutOff() throws Exception {
        int rounds = Integer.getInteger("conclave.logPartitions", 6);
        try (Members members = Members.start(folder, 3)) {
            List<String> acknowledged = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                int leader = members.awaitLeader();
                List<CompletableFuture<Object>> answers = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    answers.add(members.log(leader).submit(Members.bytes(round + "/" + i)));
                    if (i == 25) {
                        members.isolate(leader);
                    }
                }
                members.awaitLeader(leader % 3 + 1, (leader + 1) % 3 + 1);
                for (int i = 0; i < 50; i++) {
                    if (failure(answers.get(i)) == null) {
                        acknowledged.add(round + "/" + i);
                    }
                }
                members.heal();
                members.write("round " + round);
                acknowledged.add("round " + round);
            }
            assertThat(members.awaitAgreement()).containsSubsequence(acknowledged);
        }
    }

    private static Leadership last(List<Leadership> news) {
        return news.get(news.size() - 1);
    }

    /** How it failed; null if it did not. */
    private static Throwable failure(CompletableFuture<?> future) throws Exception {
        try {
            future.get(60, TimeUnit.SECONDS);
            return null;
        } catch (ExecutionException failed) {
            return failed.getCause();
        }
    }
}
