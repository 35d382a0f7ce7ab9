package io.conclave.backend.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.Payload;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NodeDataTest {
    @Test
    void ordinaryPayloadsAreStoredAsTheyAre() {
        assertThat(NodeData.encode(Payload.utf8("text")))
                .isEqualTo("text".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void noPayloadIsStoredLikeADirectory() {
        for (Payload payload : List.of(
                Payload.empty(), Payload.of(NodeData.container()), Payload.of(NodeData.encode(Payload.empty())))) {
            byte[] stored = NodeData.encode(payload);
            assertThat(stored).isNotEmpty();
            assertThat(NodeData.isContainer(stored)).isFalse();
            assertThat(NodeData.decode(stored)).isEqualTo(payload);
        }
    }

    @Test
    void everyPayloadIsReadBack() {
        Random random = new Random(17);
        byte[] likely = {(byte) 0xC0, (byte) 0xC1, (byte) 0xC2, 0};
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = new byte[random.nextInt(6)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = likely[random.nextInt(likely.length)];
            }
            byte[] stored = NodeData.encode(Payload.of(bytes));
            assertThat(NodeData.decode(stored)).isEqualTo(Payload.of(bytes));
            assertThat(stored.length).isLessThanOrEqualTo(bytes.length + NodeData.MARKER_BYTES);
        }
    }
}
