package io.conclave.backend.etcd;

import io.conclave.spi.Secret;
import io.conclave.spi.TlsOptions;
import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/** TLS for one client. The server's host name is always checked. */
final class Tls {
    private static final int JKS_MAGIC = 0xFEEDFEED;

    private Tls() {}

    /** Refuses what cannot work. */
    static void check(TlsOptions options) {
        requireReadable("trust store", options.trustStore());
        options.keyStore().ifPresent(path -> requireReadable("key store", path));
    }

    private static void requireReadable(String what, Path path) {
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            throw new IllegalArgumentException("the " + what + " " + path + " is not a readable file");
        }
    }

    /** What a channel needs. A store that cannot be opened is an {@link IllegalArgumentException} that names it. */
    static ChannelCredentials credentials(TlsOptions options) {
        TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
        opened("trust store", options.trustStore(), () -> trust(builder, options));
        options.keyStore().ifPresent(path -> opened("key store", path, () -> key(builder, path, options)));
        return builder.build();
    }

    private interface Step {
        void run() throws IOException, GeneralSecurityException;
    }

    private static void opened(String what, Path path, Step step) {
        try {
            step.run();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException failure) {
            throw new IllegalArgumentException(
                    "the " + what + " " + path + " cannot be opened: is its password right?", failure);
        }
    }

    private static void trust(TlsChannelCredentials.Builder builder, TlsOptions options)
            throws IOException, GeneralSecurityException {
        byte[] bytes = Files.readAllBytes(options.trustStore());
        if (isPem(bytes)) {
            builder.trustManager(new ByteArrayInputStream(bytes));
            return;
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store(bytes, options.trustStorePassword()));
        builder.trustManager(factory.getTrustManagers());
    }

    private static void key(TlsChannelCredentials.Builder builder, Path path, TlsOptions options)
            throws IOException, GeneralSecurityException {
        byte[] bytes = Files.readAllBytes(path);
        if (isPem(bytes)) {
            builder.keyManager(new ByteArrayInputStream(bytes), new ByteArrayInputStream(bytes));
            return;
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        char[] password = options.keyStorePassword().map(Secret::reveal).orElse(new char[0]);
        try {
            factory.init(store(bytes, options.keyStorePassword()), password);
        } finally {
            Arrays.fill(password, '\0');
        }
        builder.keyManager(factory.getKeyManagers());
    }

    private static KeyStore store(byte[] bytes, Optional<Secret> secret) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(isJks(bytes) ? "JKS" : "PKCS12");
        char[] password = secret.map(Secret::reveal).orElse(null);
        try (InputStream in = new ByteArrayInputStream(bytes)) {
            store.load(in, password);
        } finally {
            if (password != null) {
                Arrays.fill(password, '\0');
            }
        }
        return store;
    }

    private static boolean isPem(byte[] bytes) {
        return new String(bytes, 0, Math.min(bytes.length, 4096), StandardCharsets.ISO_8859_1).contains("-----BEGIN ");
    }

    private static boolean isJks(byte[] bytes) {
        int magic = 0;
        for (int i = 0; i < 4 && i < bytes.length; i++) {
            magic = magic << 8 | (bytes[i] & 0xff);
        }
        return magic == JKS_MAGIC;
    }
}
