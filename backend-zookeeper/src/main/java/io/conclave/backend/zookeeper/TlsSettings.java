package io.conclave.backend.zookeeper;

import io.conclave.spi.Secret;
import io.conclave.spi.TlsOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ClientX509Util;
import org.apache.zookeeper.common.X509Util;

/** TLS for one client. The server's host name is always checked, never through reverse DNS. */
final class TlsSettings {
    private static final int JKS_MAGIC = 0xFEEDFEED;

    private TlsSettings() {}

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

    static void apply(TlsOptions options, ZKClientConfig config) {
        config.setProperty(ZKClientConfig.SECURE_CLIENT, "true");
        config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNetty");
        try (X509Util names = new ClientX509Util()) {
            store(
                    config,
                    options.trustStore(),
                    options.trustStorePassword(),
                    names.getSslTruststoreLocationProperty(),
                    names.getSslTruststorePasswdProperty(),
                    names.getSslTruststoreTypeProperty());
            options.keyStore()
                    .ifPresent(path -> store(
                            config,
                            path,
                            options.keyStorePassword(),
                            names.getSslKeystoreLocationProperty(),
                            names.getSslKeystorePasswdProperty(),
                            names.getSslKeystoreTypeProperty()));
            config.setProperty(names.getSslHostnameVerificationEnabledProperty(), "true");
            config.setProperty(names.getSslAllowReverseDnsLookupProperty(), "false");
            config.setProperty(names.getSslEnabledProtocolsProperty(), "TLSv1.3,TLSv1.2");
        }
    }

    private static void store(
            ZKClientConfig config,
            Path path,
            Optional<Secret> password,
            String locationKey,
            String passwordKey,
            String typeKey) {
        config.setProperty(locationKey, path.toString());
        config.setProperty(typeKey, type(path));
        password.ifPresent(secret -> config.setProperty(passwordKey, new String(secret.reveal())));
    }

    /** By what is in the file, since its name may say anything. */
    private static String type(Path path) {
        byte[] start;
        try (InputStream in = Files.newInputStream(path)) {
            start = in.readNBytes(2048);
        } catch (IOException failure) {
            throw new IllegalArgumentException("the store " + path + " cannot be read", failure);
        }
        if (new String(start, StandardCharsets.ISO_8859_1).contains("-----BEGIN ")) {
            return "PEM";
        }
        int magic = 0;
        for (int i = 0; i < 4 && i < start.length; i++) {
            magic = magic << 8 | (start[i] & 0xff);
        }
        return magic == JKS_MAGIC ? "JKS" : "PKCS12";
    }
}
