package io.conclave.backend.inmemory;

import io.conclave.spi.NodePath;
import io.conclave.spi.WatchSpec.Kind;

/**
 * One change that a command made, in the order in which it was made.
 *
 * @param kind what; {@link Kind#CHILDREN} stands for itself, after the creation or deletion that caused it
 * @param path where; of {@link Kind#CHILDREN}, the directory
 * @param revision of which commit or session end
 */
record Change(Kind kind, NodePath path, long revision) {}
