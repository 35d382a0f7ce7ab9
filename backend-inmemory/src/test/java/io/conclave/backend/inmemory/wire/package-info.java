@NullMarked
package io.conclave.backend.inmemory.wire;

import org.jspecify.annotations.NullMarked;
