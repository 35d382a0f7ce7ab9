package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Members killed by SIGKILL under load and started again on the same folder: nothing that was acknowledged is forgotten. */
final class LogKillTest {
    private static final int KILLS = Integer.getInteger("conclave.logKills", 4);
    private static final int ELECTION_MILLIS = Integer.getInteger("conclave.logElectionMillis", 300);

    @Test
    void nothingAcknowledgedIsLostWhenMembersAreKilled() throws Exception {
        List<Long> gaps = new ArrayList<>();
        List<ChildJvm> all = new ArrayList<>();
        try (LogProcesses members = new LogProcesses("log-kill", ELECTION_MILLIS, 2_000)) {
            for (int id = 1; id <= 3; id++) {
                all.add(members.member(id));
                members.member(id).send("load a" + id);
            }
            for (int kill = 1; kill <= KILLS; kill++) {
                int leader = members.awaitLeader();
                awaitMoreThan(members.member(leader), 200);
                if (kill % 3 == 0) {
                    for (int id = 1; id <= 3; id++) {
                        members.member(id).kill();
                    }
                    for (int id = 1; id <= 3; id++) {
                        restart(members, id, kill, all);
                    }
                } else {
                    gaps.add(gapAfterKilling(members, leader));
                    restart(members, leader, kill, all);
                }
                members.write("mark-" + kill);
                for (int id = 1; id <= 3; id++) { // else the next kill would leave no majority that has everything
                    members.member(id).awaitLine("applied mark-" + kill, LogProcesses.PATIENCE);
                }
            }
            for (int id = 1; id <= 3; id++) {
                members.member(id).send("rest");
            }
            members.write("the end");
            List<String> applied = members.agreement("the end");
            Set<String> kept = new HashSet<>(applied);
            List<String> acknowledged = all.stream()
                    .flatMap(member -> member.lines().stream())
                    .filter(line -> line.startsWith("ok "))
                    .map(line -> line.substring(3))
                    .toList();
            assertThat(acknowledged.stream()
                            .filter(line -> !kept.contains(line))
                            .limit(10))
                    .as("acknowledged and lost")
                    .isEmpty();
            assertThat(applied.stream().filter(line -> !line.equals("the end") && !line.startsWith("mark-")))
                    .as("nothing was applied twice")
                    .doesNotHaveDuplicates();
            gaps.sort(null);
            Figures.print(
                    "LogKillTest",
                    "%d acknowledged, %d kills; gaps between acknowledgements after kill -9 of the leader, election %d"
                            + " ms: %s ms, median %d ms",
                    acknowledged.size(),
                    KILLS,
                    ELECTION_MILLIS,
                    gaps,
                    gaps.get(gaps.size() / 2));
        }
    }

    private static void restart(LogProcesses members, int id, int kill, List<ChildJvm> all) throws Exception {
        members.start(id);
        all.add(members.member(id));
        members.member(id).send("load k" + kill + "m" + id);
        assertThat(members.member(id).awaitLine("started", LogProcesses.PATIENCE))
                .isEqualTo("started again");
    }

    private static void awaitMoreThan(ChildJvm member, int acknowledged) throws InterruptedException {
        int from = member.lines().size();
        Await.until(
                () -> member.lines().size() > from + acknowledged || !member.isAlive(),
                LogProcesses.PATIENCE,
                "more is acknowledged");
    }

    /** Milliseconds until another member acknowledges. */
    private static long gapAfterKilling(LogProcesses members, int leader) throws Exception {
        Map<Integer, Integer> others = new HashMap<>();
        for (int id = 1; id <= 3; id++) {
            if (id != leader) {
                others.put(id, members.member(id).lines().size());
            }
        }
        long start = System.nanoTime();
        members.member(leader).kill();
        Await.until(
                () -> others.entrySet().stream().anyMatch(other -> {
                    List<String> said = members.member(other.getKey()).lines();
                    return said.subList(other.getValue(), said.size()).stream()
                            .anyMatch(line -> line.startsWith("ok "));
                }),
                LogProcesses.PATIENCE,
                "another member acknowledges");
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }
}
