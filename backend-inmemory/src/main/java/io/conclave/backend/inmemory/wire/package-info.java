/**
 * Internal: what clients and members of the replicated store say to each other, and the connections on which they do. Nothing here is meant for applications, and it may change with every version.
 *
 * <p>A frame is its length (int, big-endian), the code of its {@link io.conclave.backend.inmemory.wire.MessageType} (byte) and the fields of the message. The client speaks first and says {@link
 * io.conclave.backend.inmemory.wire.Message.Hello}; the member answers with {@link io.conclave.backend.inmemory.wire.Message.Welcome}, or with {@link
 * io.conclave.backend.inmemory.wire.Message.Rejected} and the end of the connection. These three keep their form over all versions.
 */
@NullMarked
package io.conclave.backend.inmemory.wire;

import org.jspecify.annotations.NullMarked;
