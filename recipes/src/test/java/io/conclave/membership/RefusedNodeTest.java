package io.conclave.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.DelegatingBackend;
import io.conclave.DelegatingSession;
import io.conclave.ScriptedBackends;
import io.conclave.TestStore;
import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** T35: a store that refuses a node for good is not asked in a tight loop, and a bad name never reaches it. */
final class RefusedNodeTest {
    private final TestStore store = new TestStore();
    private boolean refuses = true;
    private int asked;
    private final Conclave client = store.connect(
            Conclave.builder(ScriptedBackends.urlOf(new DelegatingBackend(store.store.connect(), this::refusing)))
                    .timekeeper(store.clock)
                    .executor(Runnable::run));

    private Session refusing(Session session) {
        return new DelegatingSession(session) {
            @Override
            public CompletionStage<CommitResult> commit(Commit commit) {
                if (!refuses) {
                    return super.commit(commit);
                }
                asked++;
                return CompletableFuture.failedFuture(new AccessDeniedException("no rights below /nodes"));
            }
        };
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aRefusedNodeIsToldOnceTriedEverMoreRarelyAndMadeWhenItMayBe() {
        List<String> heard = new ArrayList<>();
        try (PersistentNode node = PersistentNode.of(client, "/nodes/a", new byte[0])) {
            node.addListener(new PersistentNodeListener() {
                @Override
                public void onRefused(Throwable why) {
                    heard.add("refused");
                }

                @Override
                public void onPresent() {
                    heard.add("present");
                }
            });
            store.advance(Duration.ofMinutes(5));
            assertThat(asked).isBetween(8, 16);
            assertThat(node.isPresent()).isFalse();
            assertThat(node.failure()).get().isInstanceOf(AccessDeniedException.class);

            refuses = false;
            store.advance(Duration.ofSeconds(31));

            assertThat(node.isPresent()).isTrue();
            assertThat(node.failure()).isEmpty();
            assertThat(heard).containsExactly("refused", "present");
        }
    }

    @Test
    void closingARefusedNodeReturnsAndItIsTriedNoMore() {
        PersistentNode node = PersistentNode.of(client, "/nodes/a", new byte[0]);
        node.close();
        node.close();
        int before = asked;
        store.advance(Duration.ofMinutes(5));
        assertThat(asked).isEqualTo(before);
        assertThatThrownBy(() -> node.awaitPresent(Duration.ZERO)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void badNamesAndPathsAreRefusedBeforeAnythingIsSent() {
        assertThatThrownBy(() -> GroupMembership.join(client, "/g", "", new byte[0]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("member name is empty");
        assertThatThrownBy(() -> GroupMembership.join(client, "/g", "ü".repeat(200), new byte[0]))
                .hasMessageContaining("400 bytes");
        assertThatThrownBy(() -> GroupMembership.join(client, "/", "a", new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PersistentNode.of(client, "/.conclave/x", new byte[0]))
                .hasMessageContaining("reserved");
        GroupMembership onlooker = GroupMembership.observe(client, "/g");
        assertThatThrownBy(() -> onlooker.setData(new byte[0])).hasMessageContaining("only observes");
        assertThatThrownBy(() -> onlooker.awaitMember(Duration.ZERO)).hasMessageContaining("only observes");
        assertThat(asked).isZero();
    }
}
