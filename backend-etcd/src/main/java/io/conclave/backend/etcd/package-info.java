/**
 * Sessions, guarded commits, reads and watches on an etcd cluster (v3 API), through the gRPC stubs that jetcd generates from etcd's own
 * protocol.
 *
 * <p>The URL is {@code etcd://host:2379,host:2379/namespace}, or {@code etcds://} with TLS. Applications name it in their
 * configuration; nothing here needs to be called directly.
 */
@NullMarked
package io.conclave.backend.etcd;

import org.jspecify.annotations.NullMarked;
