/** Measurements side by side with other libraries, on the same servers in the same run: what counts is the ratio. */
@NullMarked
package io.conclave.bench;

import org.jspecify.annotations.NullMarked;
