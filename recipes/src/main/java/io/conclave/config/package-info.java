/**
 * Configuration in the store: {@link io.conclave.config.Configuration}, typed keys with defaults, a local copy, changes told, and writes that compare first.
 *
 * <p>When the session is suspended or lost, reads answer the last that was heard. When contact returns the copy is compared with the store, and what differs is told.
 */
@NullMarked
package io.conclave.config;

import org.jspecify.annotations.NullMarked;
