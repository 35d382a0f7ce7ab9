package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.it.support.Figures;
import io.conclave.semaphore.DistributedSemaphore;
import io.conclave.spi.Node;
import io.conclave.spi.SessionState;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A commit of a semaphore is applied and its reply lost, again and again for each kind of commit; every second time a rival evicts, takes or resizes before the loser can find out. How often: the
 * system property {@code conclave.lostReplies}.
 */
@Timeout(1_200)
abstract class SemaphoreLostReplySuite extends RecipeSuite {
    private static final int TIMES = Integer.getInteger("conclave.lostReplies", 2);
    private static final String PATH = "/permits/lossy";
    private static final int ALL = 4;

    private Conclave one;
    private Conclave two;
    private DistributedSemaphore loser;
    private DistributedSemaphore rival;

    SemaphoreLostReplySuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() throws Exception {
        one = world.client();
        two = world.client();
        loser = DistributedSemaphore.of(one, PATH, ALL);
        rival = DistributedSemaphore.of(two, PATH, ALL);
        world.get(loser.acquireAsync(1)).release();
    }

    @AfterEach
    void figures() {
        Figures.print(getClass().getSimpleName(), "%d lost replies, every second one with a rival", TIMES);
    }

    private CompletableFuture<?> loseNext(boolean meddle) {
        return world.loseNextReply(one, path -> path.startsWith("/permits"), meddle);
    }

    private List<String> nodes(String tag) throws Exception {
        return world.nodes().stream()
                .map(Node::path)
                .map(Object::toString)
                .filter(path -> path.contains(tag))
                .toList();
    }

    private void contenders(int count) throws Exception {
        world.await(count + " contenders", () -> nodes("-permits-").size() == count);
    }

    private void evict(String path) throws Exception {
        assertThat(world.get(world.background(() -> two.nodes().delete(path)))).isTrue();
    }

    /** SE7: one grant, one node, whatever became of the first one. */
    @Test
    void anAcquire() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            boolean meddle = i % 2 == 1;
            CompletableFuture<?> lost = loseNext(meddle);
            CompletableFuture<FencedGrant> acquiring = loser.acquireAsync(3);
            world.get(lost);
            if (meddle) {
                evict(nodes("-permits-").get(0));
                world.heal(one);
            }
            Grant grant = world.get(acquiring);
            assertThat(grant.isValid()).isTrue();
            contenders(1);
            assertThat(nodes("-3of4-permits-")).hasSize(1);
            assertThat(world.get(world.background(() -> rival.tryAcquire(2)))).isEmpty();
            grant.release();
            contenders(0);
        }
    }

    /** SE6: given back once; what a rival has taken meanwhile stays. */
    @Test
    void aRelease() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            boolean meddle = i % 2 == 1;
            FencedGrant grant = world.get(loser.acquireAsync(ALL));
            CompletableFuture<?> lost = loseNext(meddle);
            CompletableFuture<Void> releasing = grant.releaseAsync().toCompletableFuture();
            world.get(lost);
            FencedGrant theirs = world.get(rival.acquireAsync(ALL));
            if (meddle) {
                world.heal(one);
            }
            world.get(releasing.thenApply(nothing -> true));
            assertThat(theirs.isValid()).isTrue();
            contenders(1);
            world.await("the loser is in contact again", () -> one.state() == SessionState.ACTIVE);
            assertThat(world.get(world.background(() -> loser.tryAcquire()))).isEmpty();
            theirs.release();
            contenders(0);
        }
    }

    /** SE3: the one behind hears of it that the one ahead was admitted. */
    @Test
    void theWordOfOneThatWasAdmitted() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            boolean meddle = i % 2 == 1;
            FencedGrant all = world.get(rival.acquireAsync(ALL));
            CompletableFuture<FencedGrant> first = loser.acquireAsync(2);
            contenders(2);
            String ofLoser = nodes("-2of4-permits-").get(0);
            CompletableFuture<FencedGrant> second = rival.acquireAsync(2);
            contenders(3);
            CompletableFuture<?> lost = loseNext(meddle);
            all.release();
            world.get(lost);
            if (meddle) {
                evict(ofLoser);
                world.heal(one);
            }
            FencedGrant mine = world.get(first);
            FencedGrant theirs = world.get(second);
            assertThat(theirs.isValid()).isTrue();
            mine.close();
            theirs.release();
            contenders(0);
        }
    }

    /** SE4: set once; what a rival has set after it stays. */
    @Test
    void aResize() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            boolean meddle = i % 2 == 1;
            int number = 10 + i;
            CompletableFuture<?> lost = loseNext(meddle);
            CompletableFuture<Boolean> resizing = world.background(() -> {
                loser.resize(number);
                return true;
            });
            world.get(lost);
            int theirs = 1_000 + i;
            if (meddle) {
                world.get(world.background(() -> {
                    rival.resize(theirs);
                    return true;
                }));
                world.heal(one);
            }
            assertThat(world.get(resizing)).isTrue();
            assertThat(nodes("-limit-")).singleElement().asString().contains("-" + (meddle ? theirs : number) + "max");
            assertThat(world.get(world.background(() -> rival.view().permits())))
                    .isEqualTo(meddle ? theirs : number);
        }
    }
}
