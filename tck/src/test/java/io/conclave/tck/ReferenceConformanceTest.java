package io.conclave.tck;

/** The reference backend, unbroken, keeps every rule. */
final class ReferenceConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new RefUnderTest(Bug.NONE);
    }
}
