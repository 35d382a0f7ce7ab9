/** etcd servers as child processes, and proxies that make faults between them and their clients. */
@NullMarked
package io.conclave.backend.etcd.testing;

import org.jspecify.annotations.NullMarked;
