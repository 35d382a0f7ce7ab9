/**
 * Histories of operations, and the question whether they could have happened.
 *
 * <p>A {@link io.conclave.histories.Recorder} notes what clients called and what they were told, in one process or in several of one host; a {@link
 * io.conclave.histories.History} holds it; a {@link io.conclave.histories.LinearizabilityChecker} asks whether some order of the operations explains all answers under a
 * {@link io.conclave.histories.Model}, and {@link io.conclave.histories.TokenCheck} what needs no search. Depends on nothing but the JDK: a history may come from anywhere.
 */
@NullMarked
package io.conclave.histories;

import org.jspecify.annotations.NullMarked;
