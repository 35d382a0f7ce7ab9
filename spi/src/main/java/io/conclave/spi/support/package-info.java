/** Small parts that backends are made of, for those who write one. Applications need nothing from here. */
@NullMarked
package io.conclave.spi.support;

import org.jspecify.annotations.NullMarked;
