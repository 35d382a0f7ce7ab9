package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.QueueView;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicies;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;

/** Two policies over one queue of the engine. Every waiter has its own place, so that the order of arrival is that of the store. */
final class QueuedReadWriteLock implements DistributedReadWriteLock {
    private final Acquirer reader;
    private final QueuedLock readLock;
    private final QueuedLock writeLock;
    private final FencedLock fencedWriteLock;
    private final ReadWriteLock javaLock;

    QueuedReadWriteLock(Conclave conclave, String path) {
        this.reader = new Acquirer(conclave, path, AdmissionPolicies.READ, true, "");
        Acquirer writer = new Acquirer(conclave, path, AdmissionPolicies.WRITE, true, "");
        JavaLock javaWriteLock = new JavaLock(writer);
        JavaLock javaReadLock = new JavaLock(reader, javaWriteLock);
        this.readLock = new QueuedLock("ReadLock", reader, javaReadLock);
        this.writeLock = new QueuedLock("WriteLock", writer, javaWriteLock);
        this.fencedWriteLock = new FencedLockView(writer);
        this.javaLock = new JavaReadWriteLock(javaReadLock, javaWriteLock);
    }

    private record JavaReadWriteLock(Lock readLock, Lock writeLock) implements ReadWriteLock {}

    @Override
    public String path() {
        return readLock.path();
    }

    @Override
    public DistributedLock readLock() {
        return readLock;
    }

    @Override
    public DistributedLock writeLock() {
        return writeLock;
    }

    @Override
    public FencedLock fencedWriteLock() {
        return fencedWriteLock;
    }

    @Override
    public Grant readUnder(Grant write) throws InterruptedException {
        return reader.acquireBeside(write, AdmissionPolicies.WRITE);
    }

    @Override
    public CompletableFuture<Grant> readUnderAsync(Grant write) {
        return QueuedLock.narrow(reader.acquireBesideAsync(write, AdmissionPolicies.WRITE));
    }

    @Override
    public Grant downgrade(Grant write) throws InterruptedException {
        Grant read = readUnder(write);
        try {
            write.release();
            return read;
        } catch (GrantLostException lost) {
            read.close();
            throw lost;
        }
    }

    @Override
    public CompletableFuture<Grant> downgradeAsync(Grant write) {
        return QueuedLock.narrow(reader.replaceAsync(write, AdmissionPolicies.WRITE));
    }

    @Override
    public QueueView queue() throws InterruptedException {
        return reader.queue();
    }

    @Override
    public ReadWriteLock asJavaLock() {
        return javaLock;
    }

    @Override
    public String toString() {
        return "DistributedReadWriteLock[" + path() + "]";
    }
}
