package io.conclave.spi;

import java.util.UUID;

/**
 * The client-made identity of one commit. Retrying a commit with the same {@code OpId} is never a second effect (rule C4).
 *
 * @param nonce the 64-bit nonce of the session that made it, so that the strays of a session are recognised by name alone
 * @param counter the session's operation counter, never reused within the session
 */
public record OpId(long nonce, long counter) implements Comparable<OpId> {

    /** The form in which the id stands in node names: 36 characters, lower-case hexadecimal digits and dashes. */
    public String toUuidText() {
        return new UUID(nonce, counter).toString();
    }

    /** Reads what {@link #toUuidText()} wrote. Throws {@link IllegalArgumentException} for anything else. */
    public static OpId ofUuidText(String text) {
        UUID uuid = UUID.fromString(text);
        if (!uuid.toString().equals(text)) {
            throw new IllegalArgumentException("not an operation id in canonical form: '" + text + "'");
        }
        return new OpId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    }

    @Override
    public int compareTo(OpId other) {
        int byNonce = Long.compare(nonce, other.nonce);
        return byNonce != 0 ? byNonce : Long.compare(counter, other.counter);
    }

    @Override
    public String toString() {
        return toUuidText();
    }
}
