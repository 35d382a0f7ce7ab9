/** Tests of the agreed log. */
@NullMarked
package io.conclave.backend.inmemory.log;

import org.jspecify.annotations.NullMarked;
