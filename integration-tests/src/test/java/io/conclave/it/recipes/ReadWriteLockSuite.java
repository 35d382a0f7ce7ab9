package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.fencing.FencingGate;
import io.conclave.fencing.StaleTokenException;
import io.conclave.lock.DistributedReadWriteLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link DistributedReadWriteLock} does on every store. */
abstract class ReadWriteLockSuite extends RecipeSuite {
    private static final String PATH = "/rw/rates";
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration WOKEN = Duration.ofSeconds(25);
    private static final Duration SHORT = Duration.ofMillis(300);

    private Conclave one;
    private DistributedReadWriteLock first;
    private DistributedReadWriteLock second;

    ReadWriteLockSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        first = DistributedReadWriteLock.of(one, PATH);
        second = DistributedReadWriteLock.of(world.client(), PATH);
    }

    private Grant read(DistributedReadWriteLock lock) throws Exception {
        return world.get(lock.readLock().acquireAsync());
    }

    private Grant write(DistributedReadWriteLock lock) throws Exception {
        return world.get(lock.writeLock().acquireAsync());
    }

    /** A waiter, once it stands in the store's queue. It has to be woken: its deadline comes before the engine's look for safety's sake. */
    private CompletableFuture<Grant> queued(CompletableFuture<Grant> waiting) throws Exception {
        int before = standing;
        standing = before + 1;
        world.await("it stands in the queue", () -> world.nodes().size() == before + 1);
        assertThat(waiting).isNotDone();
        return waiting;
    }

    private int standing;

    private void nothingIsLeft() throws Exception {
        world.await("nothing is left", () -> world.nodes().isEmpty());
    }

    /** RW1. */
    @Test
    void manyReadOrOneWrites() throws Exception {
        List<Grant> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(read(first));
            readers.add(read(second));
        }
        assertThat(world.get(world.background(() -> second.writeLock().tryAcquire())))
                .isEmpty();
        for (Grant reader : readers) {
            reader.release();
        }
        Grant writer = write(first);
        assertThat(world.get(world.background(() -> second.readLock().tryAcquire())))
                .isEmpty();
        assertThat(world.get(world.background(() -> second.writeLock().tryAcquire())))
                .isEmpty();
        writer.release();
        nothingIsLeft();
    }

    /** RW2, T14: a reader waits for the nearest writer ahead of it, never for one behind, and is granted with the others in between. */
    @Test
    void aReaderWaitsForTheWritersAheadOfItOnly() throws Exception {
        Grant writer = write(first);
        standing = 1;
        CompletableFuture<Grant> reader = queued(second.readLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> another = queued(first.readLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> nextWriter = queued(second.writeLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> late = queued(first.readLock().acquireAsync(WOKEN));

        writer.release();

        world.get(reader);
        world.get(another).release();
        world.pass(SHORT);
        assertThat(nextWriter).isNotDone();
        assertThat(late).as("no reader overtakes a writer that waits").isNotDone();
        world.get(reader).release();
        world.get(nextWriter).release();
        world.get(late).release();
        nothingIsLeft();
    }

    /** RW2: when the writer that a reader waits for gives up, the one ahead of it counts. */
    @Test
    void aReaderWhoseWriterGivesUpWaitsForTheOneBefore() throws Exception {
        Grant writer = write(first);
        standing = 1;
        CompletableFuture<Grant> restless = queued(second.writeLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> reader = queued(second.readLock().acquireAsync(WOKEN));

        restless.cancel(false);
        world.await("the writer that gave up is gone", () -> world.nodes().size() == 2);
        world.pass(SHORT);
        assertThat(reader).isNotDone();
        writer.release();

        world.get(reader).release();
        nothingIsLeft();
    }

    /** RW3, T13: the downgraded writer reads on, also while a writer waits; that one comes next, and the gate takes all of their tokens. */
    @Test
    void aWriterBecomesAReaderBeforeTheNextWriter() throws Exception {
        FencingGate gate = FencingGate.inMemory("rates");
        Grant writer = write(first);
        gate.enterExclusive(writer.fencingToken());
        standing = 1;
        CompletableFuture<Grant> nextWriter = queued(second.writeLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> lateReader = queued(second.readLock().acquireAsync(WOKEN));

        Grant reader = world.get(first.downgradeAsync(writer));

        assertThat(writer.isValid()).isFalse();
        assertThat(reader.fencingToken()).isEqualTo(writer.fencingToken());
        gate.enterShared(reader.fencingToken());
        world.pass(SHORT);
        assertThat(nextWriter).isNotDone();
        assertThat(lateReader).isNotDone();
        reader.release();
        Grant next = world.get(nextWriter);
        gate.enterExclusive(next.fencingToken());
        assertThatThrownBy(() -> gate.enterShared(reader.fencingToken())).isInstanceOf(StaleTokenException.class);
        next.release();
        gate.enterShared(world.get(lateReader).fencingToken());
        world.get(lateReader).release();
        nothingIsLeft();
    }

    /** RW3: both are held until each is released; readers come in when the writer has gone, writers when both have. */
    @Test
    void readingUnderTheWriteLockHoldsBoth() throws Exception {
        Grant writer = world.get(world.background(() -> first.writeLock().acquire(LONG)));
        Grant reader = world.get(world.background(() -> first.readUnder(writer)));
        assertThat(writer.isValid()).isTrue();
        assertThat(world.get(world.background(() -> second.readLock().tryAcquire())))
                .isEmpty();
        List<Contender> holders = world.get(world.background(() -> first.queue().holders()));
        assertThat(holders).extracting(Contender::kind).containsExactlyInAnyOrder("write", "read");
        assertThat(holders)
                .extracting(holder -> holder.fencingToken().orElseThrow())
                .containsOnly(writer.fencingToken());

        writer.release();
        Grant other = read(second);
        assertThat(world.get(world.background(() -> second.writeLock().tryAcquire())))
                .isEmpty();
        reader.release();
        other.release();
        nothingIsLeft();
    }

    /** RW3: one reader comes of it; or none, if contact was away for so long that the write grant was lost. */
    @Test
    void aLostReplyToADowngradeMakesOneReader() throws Exception {
        boolean made = false;
        for (int i = 0; i < 10 && !made; i++) {
            Grant writer = write(first);
            CompletableFuture<?> lost = world.loseNextReply(one, path -> path.startsWith("/rw"), false);
            CompletableFuture<Grant> downgrade = first.downgradeAsync(writer);
            world.get(lost);
            try {
                Grant reader = world.get(downgrade);
                world.await("one reader is there", () -> world.nodes().size() == 1);
                assertThat(world.nodes().get(0).name()).contains("__READ__");
                reader.close();
                made = true;
            } catch (GrantLostException away) {
                assertThat(writer.isValid()).isFalse();
            }
            nothingIsLeft();
            write(second).release();
        }
        assertThat(made).as("at least one of ten comes back in time").isTrue();
    }

    /** RW3. */
    @Test
    void aLostWriteGrantCannotBeDowngraded() throws Exception {
        Grant writer = write(first);
        world.expire(one);

        assertThatThrownBy(() -> world.get(first.downgradeAsync(writer))).isInstanceOf(GrantLostException.class);
        Grant reader = read(second);
        assertThatThrownBy(() -> first.readUnderAsync(reader))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a write grant");
        reader.release();
        Grant other = write(first);
        assertThatThrownBy(() -> second.readUnderAsync(other)).isInstanceOf(IllegalArgumentException.class);
    }

    /** RW4. */
    @Test
    void anUpgradeIsRefusedAtOnce() throws Exception {
        world.get(world.background(() -> {
            Grant reader = first.readLock().acquire(LONG);
            assertThatThrownBy(() -> first.writeLock().acquire())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("read grant that this thread took");
            assertThatThrownBy(() -> first.writeLock().acquire(LONG)).isInstanceOf(IllegalStateException.class);
            assertThat(first.writeLock().tryAcquire()).isEmpty();
            assertThat(reader.isValid()).isTrue();
            reader.release();
            first.writeLock().acquire(LONG).release();
            Grant writer = first.writeLock().acquire(LONG);
            assertThatThrownBy(() -> first.readLock().acquire(LONG))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("readUnder");
            writer.release();
            return null;
        }));
        nothingIsLeft();
    }

    /** RW4: who has passed its grant on to another thread, and waits in a future, waits. */
    @Test
    void anUpgradeInAFutureWaitsForTheRelease() throws Exception {
        Grant reader = read(first);
        standing = 1;
        CompletableFuture<Grant> writer = queued(first.writeLock().acquireAsync(WOKEN));
        reader.release();
        world.get(writer).release();
        nothingIsLeft();
    }

    /** RW5, T15: who held and lost is told, and can hold again, also when the directory was empty in between. */
    @Test
    void whoLosesItsSessionWhileItReadsReadsAgain() throws Exception {
        Grant reader = read(first);
        world.expire(one);
        assertThat(reader.isValid()).isFalse();
        nothingIsLeft();

        Grant again = read(first);
        assertThat(again.fencingToken()).isGreaterThan(reader.fencingToken());
        again.release();
        Grant writer = write(first);
        Grant under = world.get(first.readUnderAsync(writer));
        world.expire(one);
        assertThat(writer.isValid()).isFalse();
        assertThat(under.isValid()).isFalse();
        write(second).release();
        nothingIsLeft();
    }

    /** RW5: before one is granted, those of the same client whom it excludes, and whose nodes somebody has removed, are lost. */
    @Test
    void whoWasEvictedIsLostBeforeTheOtherSideIsGranted() throws Exception {
        Grant reader = read(first);
        evict(reader);
        Grant writer = write(first);
        assertThat(reader.isValid()).isFalse();
        Grant under = world.get(first.readUnderAsync(writer));
        assertThat(writer.isValid()).as("a writer's own reader excludes it not").isTrue();
        under.release();
        evict(writer);
        Grant again = read(first);
        assertThat(writer.isValid()).isFalse();
        Grant together = read(first);
        assertThat(again.isValid()).as("readers do not exclude each other").isTrue();
        together.release();
        again.release();
        nothingIsLeft();
    }

    private void evict(Grant grant) throws Exception {
        long token = grant.fencingToken();
        assertThat(world.get(world.background(() -> one.contenders(PATH).evict(token))))
                .isTrue();
    }

    /** RW5: a waiter whose session ends queues again; who waits behind it is not held up. */
    @Test
    void aWaiterWhoseSessionEndsQueuesAgain() throws Exception {
        Grant writer = write(second);
        standing = 1;
        CompletableFuture<Grant> waitingWriter = queued(first.writeLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> waitingReader = queued(first.readLock().acquireAsync(WOKEN));
        CompletableFuture<Grant> behind = queued(second.readLock().acquireAsync(WOKEN));

        world.expire(one);
        CompletableFuture<Void> wrote = waitingWriter.thenAccept(Grant::release); // which of them is first now is open
        CompletableFuture<Void> read = waitingReader.thenAccept(Grant::release);
        writer.release();

        world.get(behind).release();
        world.get(wrote);
        world.get(read);
        nothingIsLeft();
    }

    /** RW5. */
    @Test
    void aReaderThatIsCutOffIsLostAndTheWriterComesIn() throws Exception {
        Grant reader = read(first);
        CompletableFuture<Grant> writer = second.writeLock().acquireAsync();

        world.cut(one);

        assertThat(world.get(writer).isValid()).isTrue();
        assertThat(reader.isValid()).isFalse();
        world.heal(one);
        world.get(writer).release();
        read(first).release();
        nothingIsLeft();
    }

    /** RW6. */
    @Test
    void waitsThatEndLeaveNothing() throws Exception {
        Grant writer = write(first);
        assertThatThrownBy(() -> world.get(second.readLock().acquireAsync(SHORT)))
                .isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> world.get(second.writeLock().acquireAsync(SHORT)))
                .isInstanceOf(TimeoutException.class);
        world.await("the waiters are gone", () -> world.nodes().size() == 1);
        standing = 1;
        CompletableFuture<Grant> blocked =
                queued(world.background(() -> second.readLock().acquire(LONG)));
        world.interrupt(blocked);
        assertThatThrownBy(() -> world.get(blocked)).isInstanceOf(InterruptedException.class);
        world.await("the waiter is gone", () -> world.nodes().size() == 1);
        writer.release();
        nothingIsLeft();
    }

    /** RW7. */
    @Test
    void theJavaViewsAreReentrantAndDowngrade() throws Exception {
        Lock readLock = first.asJavaLock().readLock();
        Lock writeLock = first.asJavaLock().writeLock();
        world.get(world.background(() -> {
            writeLock.lock();
            writeLock.lockInterruptibly();
            readLock.lock();
            assertThat(readLock.tryLock()).isTrue();
            writeLock.unlock();
            writeLock.unlock();
            assertThat(readLock.tryLock(1, TimeUnit.SECONDS)).isTrue();
            assertThat(writeLock.tryLock()).isFalse();
            assertThatThrownBy(writeLock::lock).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> writeLock.tryLock(1, TimeUnit.MINUTES)).isInstanceOf(IllegalStateException.class);
            second.readLock().acquire(LONG).release();
            assertThat(second.writeLock().tryAcquire()).isEmpty();
            for (int i = 0; i < 3; i++) {
                readLock.unlock();
            }
            assertThatThrownBy(readLock::unlock).isInstanceOf(IllegalMonitorStateException.class);
            assertThatThrownBy(writeLock::unlock).isInstanceOf(IllegalMonitorStateException.class);
            return null;
        }));
        nothingIsLeft();
    }

    /** RW7: threads do not share a hold; a downgrade is the thread's own. */
    @Test
    void theJavaViewsBelongToThreads() throws Exception {
        Lock readLock = first.asJavaLock().readLock();
        Lock writeLock = first.asJavaLock().writeLock();
        CompletableFuture<Boolean> others = world.background(() -> {
            writeLock.lock();
            CompletableFuture<Boolean> inside = world.background(() -> readLock.tryLock());
            boolean got = inside.get(10, TimeUnit.SECONDS);
            writeLock.unlock();
            return got;
        });
        assertThat(world.get(others)).isFalse();
        nothingIsLeft();
    }
}
