/**
 * The reference backend: sessions, guarded commits, reads and watches on a ZooKeeper ensemble (servers from 3.6 on), through
 * ZooKeeper's own client.
 *
 * <p>The URL is {@code zookeeper://host:2181,host:2181/namespace}, or {@code zookeepers://} with TLS. Applications name it in
 * their configuration; nothing here needs to be called directly.
 */
@NullMarked
package io.conclave.backend.zookeeper;

import org.jspecify.annotations.NullMarked;
