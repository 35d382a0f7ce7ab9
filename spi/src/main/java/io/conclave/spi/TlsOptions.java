package io.conclave.spi;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Transport security of one client, never of the whole process. The server's host name is always checked.
 *
 * @param trustStore which authorities to trust: a PKCS#12, JKS or PEM file
 * @param trustStorePassword its password
 * @param keyStore the client's own key and certificate, if the server asks for one
 * @param keyStorePassword its password
 */
public record TlsOptions(
        Path trustStore,
        Optional<Secret> trustStorePassword,
        Optional<Path> keyStore,
        Optional<Secret> keyStorePassword) {
    /** Refuses nulls. That the files exist is checked when connecting. */
    public TlsOptions {
        Objects.requireNonNull(trustStore, "trustStore");
        Objects.requireNonNull(trustStorePassword, "trustStorePassword");
        Objects.requireNonNull(keyStore, "keyStore");
        Objects.requireNonNull(keyStorePassword, "keyStorePassword");
    }
}
