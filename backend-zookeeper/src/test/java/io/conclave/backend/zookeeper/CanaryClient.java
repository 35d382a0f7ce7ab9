package io.conclave.backend.zookeeper;

import io.conclave.spi.Backend;
import io.conclave.spi.Credentials;
import io.conclave.spi.Secret;
import io.conclave.spi.Session;

/** A client with a secret, for a process of its own that logs all it can. */
final class CanaryClient {
    static final String SECRET = "canary-in-the-mine";

    private CanaryClient() {}

    public static void main(String[] arguments) {
        Credentials credentials = Credentials.password("miner", Secret.of(SECRET));
        Backend backend = Fixture.backend(Integer.parseInt(arguments[0]), credentials);
        Session session = Fixture.session(backend);
        Fixture.applied(Fixture.commit(session, Fixture.contender("/locks/a"), Fixture.make("/n", "1")));
        System.out.println(credentials + " " + backend + " " + session);
        Fixture.await(backend.closeAsync());
        System.out.println("done");
    }
}
