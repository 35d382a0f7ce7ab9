/** Not for users: may change in any release. The engine under the recipes. */
@NullMarked
package io.conclave.internal;

import org.jspecify.annotations.NullMarked;
