package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThatCode;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A leader once stood still for good: the thread that ended a barrier asked the node whether it led, and so waited for the node's lock behind a writer; the writer waited for a reader; and the reader, whose round this was, waited for that
 * thread. Here a test holds the reader's lock.
 */
final class BarrierLockTest {
    @TempDir
    Path folder;

    private static Object field(Class<?> type, String name, Object of) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(of);
    }

    @Test
    void aBarrierEndsWhileAWriterWaitsForTheNodesLock() throws Exception {
        try (Members members = Members.start(folder, 3)) {
            members.write("before");
            RaftLog leader = members.log(members.awaitLeader());
            leader.readBarrier().get(60, TimeUnit.SECONDS);
            NodeImpl node = (NodeImpl) field(RaftLog.class, "node", leader);
            Lock read = (Lock) field(NodeImpl.class, "readLock", node);
            Lock write = (Lock) field(NodeImpl.class, "writeLock", node);
            Thread writer = new Thread(
                    () -> {
                        write.lock();
                        write.unlock();
                    },
                    "writer");
            AtomicBoolean first = new AtomicBoolean(true);
            AtomicBoolean held = new AtomicBoolean(true);
            int leading = leader.leadership().leader().orElseThrow();
            CompletableFuture<Void> barrier;
            read.lock();
            try {
                members.sieve((from, to, message) -> {
                    if (to == leading && message instanceof AppendEntriesResponse && held.get()) {
                        if (first.getAndSet(false)) {
                            writer.start();
                        }
                        Members.await("the writer waits", () -> writer.getState() == Thread.State.WAITING);
                    }
                    return true;
                });
                barrier = leader.readBarrier();
                assertThatCode(() -> barrier.get(20, TimeUnit.SECONDS)).doesNotThrowAnyException();
            } finally {
                held.set(false);
                read.unlock();
            }
            writer.join(TimeUnit.SECONDS.toMillis(20));
            members.write("after");
        }
    }
}
