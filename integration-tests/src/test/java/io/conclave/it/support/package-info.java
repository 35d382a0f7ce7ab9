/**
 * What the tests stand on: servers and workers as child processes, a proxy that injects faults, bounded waits. Everything binds 127.0.0.1 and ends with the test.
 */
@NullMarked
package io.conclave.it.support;

import org.jspecify.annotations.NullMarked;
