package io.conclave.internal;

import java.util.List;
import java.util.Set;

/** The policies of locks, latches and read-write locks. */
public final class AdmissionPolicies {
    /** First come, first served, one at a time; counts the contenders of Curator, go-zookeeper ({@code lock-}) and kazoo. */
    public static final AdmissionPolicy LOCK = AfterThose.alone("lock", "lock-", List.of("lock-", "__lock__"));

    /** First come, first served, one at a time, in Curator's latch layout. */
    public static final AdmissionPolicy LATCH = AfterThose.alone("latch", "latch-", List.of("latch-"));

    /** A reader of a read-write lock, in Curator's layout: waits for the writers ahead of it. */
    public static final AdmissionPolicy READ = new AfterThose(
            "read",
            AfterThose.READ_TAG,
            AfterThose.BOTH,
            List.of(AfterThose.WRITE_TAG),
            Set.of(AfterThose.WRITE_TAG),
            true);

    /** A writer of a read-write lock: waits for all ahead of it, and for readers that take the place of a writer ahead of it later. */
    public static final AdmissionPolicy WRITE = new AfterThose(
            "write", AfterThose.WRITE_TAG, AfterThose.BOTH, AfterThose.BOTH, Set.copyOf(AfterThose.BOTH), false);

    private AdmissionPolicies() {}
}
