/** The behaviour of each recipe, told once and played on every store: a suite for each recipe, a {@link io.conclave.it.recipes.World} for each store. */
package io.conclave.it.recipes;
