package io.conclave.lock;

import io.conclave.Acquirable;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.Registration;
import io.conclave.internal.MultiAcquirer;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The grants side by side; they are given back in the reverse order of the acquisition. */
final class HeldMultiGrant implements MultiGrant {
    private static final Logger LOG = LoggerFactory.getLogger(HeldMultiGrant.class);

    private final List<Acquirable> parts;
    private final List<Grant> grants;
    private final List<Grant> lastFirst;

    HeldMultiGrant(List<Acquirable> parts, List<FencedGrant> grants, MultiAcquirer acquirer) {
        this.parts = parts;
        this.grants = List.copyOf(grants);
        this.lastFirst = acquirer.lastFirst(grants);
    }

    @Override
    public List<Grant> grants() {
        return grants;
    }

    @Override
    public Grant of(Acquirable part) {
        int index = parts.indexOf(part);
        if (index < 0) {
            throw new IllegalArgumentException("not one of the parts: " + part);
        }
        return grants.get(index);
    }

    @Override
    public boolean isValid() {
        return grants.stream().allMatch(Grant::isValid);
    }

    @Override
    public Duration validFor() {
        return grants.stream()
                .map(Grant::validFor)
                .min(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    @Override
    public void requireValid() {
        grants.forEach(Grant::requireValid);
    }

    @Override
    public Registration onLost(Runnable listener) {
        Objects.requireNonNull(listener, "listener");
        AtomicBoolean told = new AtomicBoolean();
        List<Registration> registrations = grants.stream()
                .map(grant -> grant.onLost(() -> {
                    if (told.compareAndSet(false, true)) {
                        listener.run();
                    }
                }))
                .toList();
        return () -> registrations.forEach(Registration::close);
    }

    @Override
    public void release() {
        GrantLostException first = null;
        for (Grant grant : lastFirst) {
            try {
                grant.release();
            } catch (GrantLostException lost) {
                if (first == null) {
                    first = lost;
                } else {
                    first.addSuppressed(lost);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public CompletionStage<Void> releaseAsync() {
        return CompletableFuture.allOf(lastFirst.stream()
                .map(grant -> grant.releaseAsync().toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }

    @Override
    public void close() {
        try {
            release();
        } catch (GrantLostException lost) {
            LOG.warn("closing grants some of which were lost: {}", lost.getMessage());
        }
    }

    @Override
    public String toString() {
        return "MultiGrant" + grants;
    }
}
