package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** RS1: a member that has lost its data does not help to elect one that lacks what it had acknowledged; and what it takes to begin. */
final class EmptiedFolderTest {
    private static final Duration ELECTION = Duration.ofMillis(200);
    /** Many elections' worth. */
    private static final Duration LONG = ELECTION.multipliedBy(12);

    @TempDir
    Path folder;

    private Members three() {
        return Members.start(
                folder, 3, spec -> spec.withElectionTimeout(ELECTION).withSnapshotsAfter(40, 1 << 20));
    }

    private static void awaitVoter(Members members, int id) {
        Members.await(
                "member " + id + " to vote",
                () -> !members.log(id).status().state().equals("waiting"));
    }

    @Test
    void oneWithoutDataAndOneThatLacksAnEntryElectNobody() throws Exception {
        try (Members members = three()) {
            members.write("before");
            int leader = members.awaitLeader();
            int emptied = leader % 3 + 1;
            int behind = emptied % 3 + 1;
            awaitVoter(members, emptied);
            awaitVoter(members, behind);
            members.isolate(behind);
            members.log(leader).submit(Members.bytes("acknowledged by two")).get(60, TimeUnit.SECONDS);

            members.stop(emptied);
            members.wipe(emptied);
            members.isolate(leader); // so that closing it hands nothing over
            members.stop(leader);
            members.heal();
            members.start(emptied);
            members.nobodyLeadsFor(LONG);
            assertThat(members.log(emptied).status().state()).isEqualTo("waiting");

            members.start(leader);
            assertThat(members.awaitAgreement()).startsWith("before", "acknowledged by two");
        }
    }

    /** By entries, of which none is new; by a snapshot and entries; by a snapshot alone. */
    @Test
    void oneWithoutDataVotesAgainOnceItHasCaughtUp() throws Exception {
        try (Members members = three()) {
            members.write("before");
            for (int round = 0; round < 3; round++) {
                int leader = members.awaitLeader();
                int emptied = leader % 3 + 1;
                members.stop(emptied);
                members.wipe(emptied);
                for (int i = 0; i < 100 * round; i++) {
                    members.write("round " + round + " " + i);
                }
                if (round == 2) {
                    members.log(members.awaitLeader()).snapshot().get(60, TimeUnit.SECONDS);
                }
                members.start(emptied);
                awaitVoter(members, emptied);
                leader = members.awaitLeader();
                if (leader != emptied) {
                    members.stop(leader);
                    members.write("without member " + leader);
                    members.start(leader);
                }
                members.awaitAgreement();
            }
        }
    }

    @Test
    void aStoreBeginsWhenAllHaveBeenThere() {
        try (Members members = three()) {
            members.write("an earlier life");
            for (int id = 1; id <= 3; id++) {
                members.stop(id);
                members.wipe(id);
            }
            members.start(1);
            members.start(2);
            members.nobodyLeadsFor(LONG);
            members.start(3);
            members.write("a new one");
            assertThat(members.awaitAgreement()).startsWith("a new one");
        }
    }

    @Test
    void whenTwoOfThreeHaveLostTheirDataNobodyServes() {
        try (Members members = three()) {
            members.write("before");
            members.awaitAgreement();
            for (int id = 1; id <= 2; id++) {
                members.stop(id);
                members.wipe(id);
            }
            members.stop(3);
            members.start(3);
            members.start(1);
            members.start(2);
            members.nobodyLeadsFor(LONG);
        }
    }
}
