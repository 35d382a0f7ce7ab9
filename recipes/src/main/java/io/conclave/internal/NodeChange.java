package io.conclave.internal;

import io.conclave.spi.Node;
import org.jspecify.annotations.Nullable;

/**
 * How one node of a tree changed.
 *
 * @param before as it was; null if it was absent
 * @param now as it is; null if it is gone
 */
public record NodeChange(@Nullable Node before, @Nullable Node now) {}
