package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The engine with all members in this JVM: what it does when nothing fails but on purpose. */
final class RaftLogTest {
    @TempDir
    Path folder;

    @Test
    void allMembersApplyTheSameEntriesInOneOrder() throws Exception {
        try (Members members = Members.start(folder, 3)) {
            List<String> lines =
                    IntStream.range(0, 1_000).mapToObj(i -> "entry " + i).toList();
            members.writeAll(lines);
            assertThat(members.awaitAgreement()).containsAll(lines);
            int leader = members.awaitLeader();
            members.log(leader).readBarrier().get(30, TimeUnit.SECONDS);
            LogStatus status = members.log(leader).status();
            assertThat(status.state()).isEqualTo("leader");
            assertThat(status.peers())
                    .hasSize(2)
                    .allSatisfy((id, peer) -> assertThat(peer.reachable()).isTrue());
            assertThat(status.startedEmpty()).isTrue();
        }
    }

    @Test
    void aFollowerTakesNothingAndNamesTheLeader() {
        try (Members members = Members.start(folder, 3)) {
            int leader = members.awaitLeader();
            int follower = leader % 3 + 1;
            members.tape(follower)
                    .await(
                            "the leader's name",
                            tape -> tape.news().stream()
                                    .anyMatch(news -> news.leader().isPresent()));
            assertThatThrownBy(() -> members.log(follower).submit(new byte[1]).join())
                    .hasCauseInstanceOf(NotLeaderException.class)
                    .cause()
                    .satisfies(failure ->
                            assertThat(((NotLeaderException) failure).leader()).hasValue(leader));
            assertThatThrownBy(() -> members.log(follower).readBarrier().join())
                    .hasCauseInstanceOf(NotLeaderException.class);
        }
    }

    @Test
    void whatWouldBeTooMuchIsRefusedAndNeverEnters() throws Exception {
        try (Members members = Members.start(folder, 1, spec -> spec.withInFlight(4, 8 << 20))) {
            RaftLog log = members.log(members.awaitLeader());
            List<CompletableFuture<Object>> answers = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                answers.add(log.submit(Members.bytes("x")));
            }
            int accepted = 0;
            for (CompletableFuture<Object> answer : answers) {
                try {
                    answer.get(30, TimeUnit.SECONDS);
                    accepted++;
                } catch (ExecutionException refused) {
                    assertThat(refused).hasCauseInstanceOf(LogBusyException.class);
                }
            }
            assertThat(accepted).isBetween(4, 499);
            log.readBarrier().get(30, TimeUnit.SECONDS);
            assertThat(members.tape(1).size()).isEqualTo(accepted);
            assertThatThrownBy(() -> log.submit(new byte[(4 << 20) + 1])).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void leadershipIsHandedOverOnRequestAndOnClose() throws Exception {
        try (Members members = Members.start(folder, 3)) {
            int leader = members.awaitLeader();
            int next = leader % 3 + 1;
            members.write("first");
            members.log(leader).transferLeadership(next).get(30, TimeUnit.SECONDS);
            assertThat(members.awaitLeader(next)).isEqualTo(next);
            members.log(next).submit(Members.bytes("second")).get(30, TimeUnit.SECONDS);
            assertThatThrownBy(
                            () -> members.log(leader).transferLeadership(next).join())
                    .hasCauseInstanceOf(NotLeaderException.class);
            assertThatThrownBy(() -> members.log(next).transferLeadership(9).join())
                    .hasCauseInstanceOf(IllegalArgumentException.class);

            Tape old = members.tape(next);
            long term = members.log(next).leadership().term();
            members.stop(next);
            assertThat(old.news())
                    .as("another one led before it stopped")
                    .anyMatch(news -> news.term() > term && news.leader().isPresent());
            int after = members.awaitLeader();
            members.write("third");
            assertThat(members.tape(after).lines()).containsExactly("first", "second", "third");
        }
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void everythingIsThereAfterARestartAtOnceAndOneByOne(Durability durability) {
        try (Members members = Members.start(
                folder, 3, spec -> spec.withSnapshotsAfter(40, 1 << 20).withDurability(durability))) {
            for (int i = 0; i < 100; i++) {
                members.write("entry " + i);
            }
            List<String> all = members.tape(members.awaitLeader()).lines();
            for (int id = 1; id <= 3; id++) {
                members.stop(id);
                members.start(id);
                members.write("after " + id);
            }
            for (int id = 1; id <= 3; id++) {
                members.stop(id);
            }
            for (int id = 1; id <= 3; id++) {
                members.start(id);
                assertThat(members.log(id).status().startedEmpty()).isFalse();
            }
            members.write("at last");
            List<String> lines = members.tape(members.awaitLeader()).lines();
            assertThat(lines).startsWith(all.toArray(String[]::new)).endsWith("after 3", "at last");
        }
    }

    @Test
    void oneMemberAloneServes() throws Exception {
        try (Members members = Members.start(folder, 1)) {
            members.write("a");
            members.stop(1);
            members.start(1);
            members.awaitLeader();
            members.log(1).readBarrier().get(30, TimeUnit.SECONDS);
            assertThat(members.tape(1).lines()).containsExactly("a");
        }
    }

    @Test
    void aFolderIsUsedByOneMemberAndItsOwner() throws Exception {
        try (Members members = Members.start(folder, 1)) {
            members.write("a");
            assertThatThrownBy(() -> RaftLog.start(members.spec(1), new Tape()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("in use");
            try (Stream<Path> files = Files.walk(folder.resolve("member-1"))) {
                files.filter(file -> file.toString().contains("/log/") || file.endsWith("vote"))
                        .forEach(file -> assertThat(permissions(file)).isEqualTo("rw-------"));
            }
            assertThat(permissions(folder.resolve("member-1"))).isEqualTo("rwx------");
            members.stop(1);
            LogSpec other = new Members(folder, 1, spec -> spec).spec(1);
            assertThatThrownBy(() -> RaftLog.start(other, new Tape()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("belongs to another");
        }
    }

    private static String permissions(Path file) {
        try {
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    void nobodyBeyondTheMachineReachesAMember() throws Exception {
        try (Members members = Members.start(folder, 1)) {
            int port = members.addresses.get(1).getPort();
            List<InetSocketAddress> others = NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
                    .map(address -> new InetSocketAddress(address, port))
                    .toList();
            List<InetSocketAddress> tried = new ArrayList<>(others);
            tried.add(new InetSocketAddress("127.0.0.2", port)); // loopback, too, but not the member's address
            for (InetSocketAddress address : tried) {
                try (Socket socket = new Socket()) {
                    assertThatThrownBy(() -> socket.connect(address, 2_000)).isInstanceOf(IOException.class);
                }
            }
        }
    }
}
