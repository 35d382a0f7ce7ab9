/**
 * The contract between coordination recipes and backends: paths, sessions, guarded commits, reads, watches, time and errors.
 *
 * <p>The numbered rules are in {@code docs/spec.md}; javadoc here cites them. A backend that passes {@code conclave-tck}
 * keeps them. Nothing in this package depends on anything but the JDK (and JSpecify's annotations).
 *
 * <p>No method of this package blocks, unless it says so. Completions and listener calls of one {@link
 * io.conclave.spi.Session} come one after the other, never two at a time.
 */
@NullMarked
package io.conclave.spi;

import org.jspecify.annotations.NullMarked;
