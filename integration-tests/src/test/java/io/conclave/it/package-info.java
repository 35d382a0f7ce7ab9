/** Tests of the whole: recipes on real servers, with processes and servers that fail. */
@NullMarked
package io.conclave.it;

import org.jspecify.annotations.NullMarked;
