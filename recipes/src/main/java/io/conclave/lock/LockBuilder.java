package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicy;

/** Collects a lock's options. */
final class LockBuilder implements DistributedLockBuilder {
    private final Conclave conclave;
    private final String path;
    private boolean fair;

    LockBuilder(Conclave conclave, String path) {
        this.conclave = conclave;
        this.path = path;
        new Acquirer(conclave, path, AdmissionPolicy.LOCK, false, ""); // bad input fails here
    }

    @Override
    public DistributedLockBuilder fair(boolean ownPlaceForEach) {
        fair = ownPlaceForEach;
        return this;
    }

    @Override
    public DistributedLock build() {
        return new QueuedLock(new Acquirer(conclave, path, AdmissionPolicy.LOCK, fair, ""));
    }
}
