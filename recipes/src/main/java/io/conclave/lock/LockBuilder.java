package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicies;

/** Collects a lock's options. */
final class LockBuilder implements DistributedLockBuilder {
    private final Conclave conclave;
    private final String path;
    private boolean fair;

    LockBuilder(Conclave conclave, String path) {
        this.conclave = conclave;
        this.path = path;
        new Acquirer(conclave, path, AdmissionPolicies.LOCK, false, ""); // bad input fails here
    }

    @Override
    public DistributedLockBuilder fair(boolean ownPlaceForEach) {
        fair = ownPlaceForEach;
        return this;
    }

    @Override
    public DistributedLock build() {
        Acquirer acquirer = new Acquirer(conclave, path, AdmissionPolicies.LOCK, fair, "");
        return new QueuedLock("DistributedLock", acquirer, new JavaLock(acquirer));
    }
}
