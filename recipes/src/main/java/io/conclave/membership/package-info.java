/**
 * Who is there: {@link io.conclave.membership.PersistentNode}, a node that lives as long as this process and comes back when it is lost, and {@link
 * io.conclave.membership.GroupMembership}, a group with a live view of its members.
 *
 * <p>When the session is suspended, nodes stand and views show the last that was heard. When it is lost, the store removes the nodes, for others to see within a session
 * time-out; they are made again on the next session, as soon as the old ones are gone.
 */
@NullMarked
package io.conclave.membership;

import org.jspecify.annotations.NullMarked;
