package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.ConclaveBuilder;
import io.conclave.ConclaveObserver;
import io.conclave.spi.Credentials;
import io.conclave.spi.Secret;
import io.conclave.spi.TlsOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;

/** Ways to connect. */
public final class Connecting {
    private Connecting() {}

    /** The URL comes from the configuration: no line of code names a store. */
    public static Conclave byConfiguration() {
        // snippet:configuration
        Conclave conclave = Conclave.connect(); // -Dconclave.backend=…, CONCLAVE_BACKEND=… or conclave.properties
        // end
        return conclave;
    }

    /** Options beside the URL. */
    public static Conclave withOptions(String url, Executor callbacks, ConclaveObserver metrics) {
        // snippet:options
        return Conclave.builder(url)
                .sessionTimeout(Duration.ofSeconds(6)) // how long the store keeps us without hearing from us
                .callTimeout(Duration.ofSeconds(3)) // the deadline of calls that take none
                .owner("billing@host-3") // what "conclave holders" shows
                .executor(callbacks) // where listeners and leader bodies run
                .observer(metrics)
                .serverMayComeLater(true) // do not wait for the store
                .connect();
        // end
    }

    /** With credentials and TLS; neither is ever part of the URL. */
    public static ConclaveBuilder secured(String url, Path trustStore, Secret storePassword, Secret password) {
        // snippet:secured
        return Conclave.builder(url) // "zookeepers://zk1:2281,zk2:2281/app"
                .credentials(Credentials.password("billing", password)) // Secret prints as ***
                .tls(new TlsOptions(trustStore, Optional.of(storePassword), Optional.empty(), Optional.empty()));
        // end
    }
}
