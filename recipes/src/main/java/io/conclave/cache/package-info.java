/**
 * A copy of a part of the store in this process: {@link io.conclave.cache.TreeCache}.
 *
 * <p>When the session is suspended or lost the copy stays as it was, and may be behind. When contact returns it is compared with the store, and what differs is told.
 */
@NullMarked
package io.conclave.cache;

import org.jspecify.annotations.NullMarked;
