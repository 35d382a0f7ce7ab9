/**
 * For the resource that a grant protects: refuses what comes with an old fencing token. Independent of sessions and connections.
 */
@NullMarked
package io.conclave.fencing;

import org.jspecify.annotations.NullMarked;
