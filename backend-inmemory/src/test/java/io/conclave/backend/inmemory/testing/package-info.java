/** Members of the replicated store for tests: in this process or each in its own, with proxies that make faults. */
@NullMarked
package io.conclave.backend.inmemory.testing;

import org.jspecify.annotations.NullMarked;
