package io.conclave.backend.etcd.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Keys and certificates made by the JDK's own keytool, as PKCS#12 and as PEM files. The authority {@code ca} has signed {@code server},
 * whose certificate is for {@code localhost} and not for {@code 127.0.0.1}, and {@code client}; {@code stranger} has signed itself.
 */
public final class TlsFiles {
    /** The password of every store. */
    public static final String PASSWORD = "changeit-please";

    private static final char[] CHARS = PASSWORD.toCharArray();

    private final Path home;

    TlsFiles(Path home) {
        this.home = home;
        try {
            Files.createDirectories(home);
            generate("ca", "-ext", "bc:c", "-ext", "ku=keyCertSign,cRLSign");
            generate("server", "-signer", "ca", "-ext", "SAN=dns:localhost");
            // Of a client's certificate that names hosts etcd asks that one be the client's address.
            generate("client", "-signer", "ca");
            generate("stranger", "-ext", "SAN=dns:localhost");
            split();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** A PKCS#12 file: the key and the certificates of one of them. */
    public Path keyStore(String name) {
        return home.resolve(name + ".p12");
    }

    /** A PKCS#12 file: the certificate of one of them, to be trusted. */
    public Path trustStore(String name) {
        return home.resolve(name + "-trust.p12");
    }

    /** The certificate of one of them in PEM form. */
    public Path certificate(String name) {
        return home.resolve(name + ".crt");
    }

    /** The private key of one of them in PEM form, PKCS#8 without password. */
    public Path key(String name) {
        return home.resolve(name + ".key");
    }

    private void generate(String name, String... more) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-genkeypair", "-alias", name, "-dname", "CN=" + name));
        command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"));
        command.addAll(List.of("-storetype", "PKCS12", "-keystore", all().toString(), "-storepass", PASSWORD));
        command.addAll(List.of(more));
        ServerProcess.run(home.resolve("keytool.log"), command.toArray(String[]::new));
    }

    private Path all() {
        return home.resolve("all.p12");
    }

    private void split() throws IOException, GeneralSecurityException {
        KeyStore all = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(all())) {
            all.load(in, CHARS);
        }
        for (String name : List.of("ca", "server", "client", "stranger")) {
            Certificate[] chain = all.getCertificateChain(name);
            KeyStore own = empty();
            own.setKeyEntry(name, all.getKey(name, CHARS), CHARS, chain);
            store(own, keyStore(name));
            KeyStore trust = empty();
            trust.setCertificateEntry(name, chain[0]);
            store(trust, trustStore(name));
            writePem(certificate(name), "CERTIFICATE", chain[0].getEncoded());
            writePem(key(name), "PRIVATE KEY", all.getKey(name, CHARS).getEncoded());
        }
    }

    private static KeyStore empty() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, CHARS);
        return store;
    }

    private static void store(KeyStore store, Path file) throws IOException, GeneralSecurityException {
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, CHARS);
        }
    }

    private static void writePem(Path file, String what, byte[] content) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
    }
}
