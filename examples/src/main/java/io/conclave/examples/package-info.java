/**
 * Small, complete uses of Conclave. All are compiled and run with every build; the code in the README and in {@code docs/} is cut from the regions between
 * {@code // snippet:NAME} and {@code // end}.
 */
@NullMarked
package io.conclave.examples;

import org.jspecify.annotations.NullMarked;
