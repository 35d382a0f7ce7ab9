package io.conclave.fencing;

/**
 * The two marks of a resource.
 *
 * @param exclusive the largest token let in exclusively; 0 if none
 * @param shared the largest token let in shared; 0 if none
 */
public record Marks(long exclusive, long shared) {
    /** The marks of a resource that nobody has entered. */
    public static final Marks NONE = new Marks(0, 0);

    /** Refuses negative marks. */
    public Marks {
        if (exclusive < 0 || shared < 0) {
            throw new IllegalArgumentException("marks " + exclusive + " and " + shared + " must not be negative");
        }
    }
}
