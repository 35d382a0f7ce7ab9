/**
 * The {@code conclave} command. One class for each command; {@link io.conclave.cli.GlobalOptions} holds what all of them share, {@link
 * io.conclave.cli.Surroundings} everything that comes from outside (streams, environment), so that tests run commands in their own process.
 */
@NullMarked
package io.conclave.cli;

import org.jspecify.annotations.NullMarked;
