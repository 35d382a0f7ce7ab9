package io.conclave.spi;

import java.util.Objects;

/** A password or key that never shows in {@code toString}, logs or exceptions. */
public final class Secret {
    private final char[] value;

    private Secret(char[] value) {
        this.value = value;
    }

    /** Copies the characters; the caller may wipe its own. */
    public static Secret of(char[] value) {
        return new Secret(Objects.requireNonNull(value, "value").clone());
    }

    /** From text, for secrets that come from files or the environment as text. */
    public static Secret of(String value) {
        return new Secret(Objects.requireNonNull(value, "value").toCharArray());
    }

    /** A copy of the characters. Wipe it after use. */
    public char[] reveal() {
        return value.clone();
    }

    /** Always the same stars. */
    @Override
    public String toString() {
        return "***";
    }
}
