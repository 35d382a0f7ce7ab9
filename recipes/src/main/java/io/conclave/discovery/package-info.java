/**
 * Where services are: {@link io.conclave.discovery.ServiceRegistry} registers instances, as ephemeral nodes with JSON that other languages can read, and finds them from a local copy.
 *
 * <p>When the session is suspended, instances stay listed and look-ups answer the last that was heard. When it is lost, the store removes its instances; they are registered again on
 * the next session.
 */
@NullMarked
package io.conclave.discovery;

import org.jspecify.annotations.NullMarked;
