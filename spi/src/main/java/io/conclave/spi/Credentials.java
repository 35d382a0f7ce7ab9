package io.conclave.spi;

import java.util.Objects;

/**
 * Who the client is.
 *
 * @param mechanism how the secret is used
 * @param user the name
 * @param password the secret
 */
public record Credentials(Mechanism mechanism, String user, Secret password) {
    /** Refuses nulls, empty names and names with a colon or control character. */
    public Credentials {
        Objects.requireNonNull(mechanism, "mechanism");
        Objects.requireNonNull(user, "user");
        Objects.requireNonNull(password, "password");
        if (user.isEmpty() || user.chars().anyMatch(c -> c == ':' || Character.isISOControl(c))) {
            throw new IllegalArgumentException(
                    "user name '" + user + "' is empty or holds a colon or control character");
        }
    }

    /** Name and password in the way that the backend takes by default (ZooKeeper: digest; etcd: user and password). */
    public static Credentials password(String user, Secret password) {
        return new Credentials(Mechanism.PASSWORD, user, password);
    }

    /** How a secret is used. */
    public enum Mechanism {
        /** The backend's plain way: ZooKeeper {@code digest}, etcd user and password. */
        PASSWORD,
        /** ZooKeeper SASL with DIGEST-MD5. */
        SASL_DIGEST
    }
}
