/** Tests of the ZooKeeper backend. */
@NullMarked
package io.conclave.backend.zookeeper;

import org.jspecify.annotations.NullMarked;
