/** Tests of the etcd backend. */
@NullMarked
package io.conclave.backend.etcd;

import org.jspecify.annotations.NullMarked;
