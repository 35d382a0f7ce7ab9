package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.testing.LoneMember;
import io.conclave.backend.inmemory.testing.RawClient;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a member does with connections that are not as they should be. */
@Timeout(60)
class ProtocolTest {
    private static LoneMember member;

    @BeforeAll
    static void start() {
        member = new LoneMember();
    }

    @AfterAll
    static void stop() {
        member.close();
    }

    private static int port() {
        return member.ports().get(0);
    }

    @Test
    void anUnknownVersionIsToldWhichOneIsSpoken() throws IOException {
        try (RawClient client = new RawClient(port())) {
            Message answer = client.ask(new Message.Hello(Wire.VERSION + 1, ""));
            assertThat(answer)
                    .isEqualTo(new Message.Rejected(
                            Message.Rejection.VERSION, "version 2 of the protocol is not spoken here, only 1"));
            assertThat(client.receive()).isEmpty();
        }
    }

    @Test
    void aClientOfAnotherStoreIsTurnedAway() throws IOException {
        try (RawClient client = new RawClient(port())) {
            Message.Rejected answer = (Message.Rejected) client.ask(new Message.Hello(Wire.VERSION, "another"));
            assertThat(answer.why()).isEqualTo(Message.Rejection.OTHER_STORE);
            assertThat(client.receive()).isEmpty();
        }
    }

    @Test
    void whoDoesNotBeginWithHelloIsCutOff() throws IOException {
        try (RawClient client = new RawClient(port())) {
            client.send(new Message.Ping());
            assertThat(client.receive()).isEmpty();
        }
        try (RawClient client = new RawClient(port())) {
            client.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.receive()).isEmpty();
        }
    }

    @Test
    void aFrameThatIsTooLongIsRefusedByItsLength() throws IOException {
        try (RawClient client = new RawClient(port())) {
            client.send(length(Wire.HELLO_BYTES_MAX + 1));
            assertThat(client.receive()).as("before hello").isEmpty();
        }
        try (RawClient client = RawClient.greeted(port())) {
            client.send(length(Wire.REQUEST_BYTES_MAX + 1));
            assertThat(client.receive()).as("after hello").isEmpty();
        }
        try (RawClient client = RawClient.greeted(port())) {
            client.send(length(-1));
            assertThat(client.receive()).isEmpty();
        }
    }

    private static byte[] length(int bytes) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(bytes).array();
    }

    @Test
    void pingsAndQuestionsAreAnsweredWithoutASession() throws IOException {
        try (RawClient client = RawClient.greeted(port())) {
            assertThat(client.ask(new Message.Ping())).isEqualTo(new Message.Pong());
        }
        assertThat(RawClient.status(port()))
                .containsEntry("serving", "true")
                .containsEntry("member", "1")
                .containsKeys("revision", "sessions", "store", "term");
    }

    /** More than the member holds for one client: what it does not read does not pile up. */
    @Test
    void aClientThatDoesNotReadIsCutOff() throws IOException {
        try (RawClient slow = RawClient.greeted(port());
                RawClient writer = RawClient.greeted(port())) {
            open(slow, "slow");
            slow.send(new Message.Watch(1, 1, WatchSpec.subtree(NodePath.root()), -1, true));
            Message.Opened opened = open(writer, "writer");
            int next = 0;
            while (attached() == 2) {
                for (int i = 0; i < 500; i++) {
                    next++;
                    Commit put = Commit.builder(new OpId(opened.nonce(), next), Long.MAX_VALUE)
                            .write(
                                    next == 1
                                            ? Write.create(at("n"), Payload.empty(), CreateMode.PERSISTENT)
                                            : Write.put(at("n"), Payload.empty()))
                            .build();
                    writer.send(new Message.DoCommit(next, 1, put, Set.of()));
                }
                for (int i = 0; i < 500; i++) {
                    assertThat(writer.receive()).isPresent();
                }
                assertThat(next).as("events that a member keeps for one client").isLessThan(2_000_000);
            }
        }
    }

    private static NodePath at(String name) {
        // long paths fill buffers sooner
        return NodePath.of("/" + "x".repeat(250) + "/" + "y".repeat(250) + "/" + name);
    }

    private static int attached() throws IOException {
        return Integer.parseInt(RawClient.status(port()).get("attachedSessions"));
    }

    private static Message.Opened open(RawClient client, String key) throws IOException {
        return (Message.Opened) client.ask(new Message.Open(1, 1, key, 1, 600_000, NodePath.of("/ns-" + "shared")));
    }

    @Test
    void addressesThatOthersCouldReachAreRefused(@TempDir Path folder) {
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .aloneInMemory()
                        .listen("0.0.0.0:0")
                        .start())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0.0.0.0:0 is not one of the loopback interface");
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .members(Map.of(1, "192.0.2.1:7420"))
                        .dataDirectory(folder)
                        .start())
                .hasMessageContaining("192.0.2.1:7420 is not one of the loopback interface");
    }

    @Test
    void aDescriptionThatCannotWorkIsRefusedByName(@TempDir Path folder) {
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .id(4)
                        .members(Map.of(1, "127.0.0.1:1"))
                        .start())
                .hasMessageContaining("id 4 is not among the members [1]");
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .members(Map.of(1, "127.0.0.1:1"))
                        .start())
                .hasMessageContaining("data directory");
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .members(Map.of(1, "127.0.0.1"))
                        .dataDirectory(folder)
                        .start())
                .hasMessageContaining("'127.0.0.1' is not of the form host:port");
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .members(Map.of(1, "127.0.0.1:65000"))
                        .dataDirectory(folder)
                        .start())
                .hasMessageContaining("66000 is no port");
    }

    @Test
    void twoCannotListenAtOneAddress() {
        String address = "127.0.0.1:" + port();
        assertThatThrownBy(() -> ReplicatedStore.builder()
                        .aloneInMemory()
                        .listen(address)
                        .start())
                .hasMessageContaining("cannot listen on");
    }
}
