package io.conclave.it;

import io.conclave.it.support.Await;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.MemberServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Random faults on the members of a replicated store, one at a time, at most at a minority; each is noted with its time. */
final class MemberFaults {
    private final MemberServers servers;
    private final Random random;
    private final long start = System.nanoTime();
    private final List<String> noted = new ArrayList<>();

    /** What happens to one member for a while. */
    private enum Kind {
        KILL,
        STOP,
        ISOLATE,
        SLOW,
        HIDE_FROM_CLIENTS,
        RESTART_IN_ORDER
    }

    MemberFaults(MemberServers servers, long seed) {
        this.servers = servers;
        this.random = new Random(seed);
    }

    /** All kinds come in turn; the leader is met in two of three cases. */
    void next() throws Exception {
        Kind kind = Kind.values()[noted.size() % Kind.values().length];
        int leader = servers.leader();
        int member = random.nextInt(3) > 0 ? leader : (leader + 1 + random.nextInt(2)) % servers.count();
        long millis = 300L + random.nextInt(1_200);
        noted.add(String.format(
                Locale.ROOT,
                "%.3f s: %s member %d%s for %d ms",
                (System.nanoTime() - start) / 1e9,
                kind,
                member + 1,
                member == leader ? ", which leads," : "",
                millis));
        switch (kind) {
            case KILL -> {
                servers.kill(member);
                pause(millis);
                servers.restart(member);
            }
            case STOP -> {
                servers.pause(member);
                pause(millis);
                servers.resume(member);
            }
            case ISOLATE -> {
                servers.isolate(member);
                pause(millis);
                servers.rejoin(member);
            }
            case SLOW -> {
                servers.slow(member, 20 + random.nextInt(60));
                pause(millis);
                servers.rejoin(member);
            }
            case HIDE_FROM_CLIENTS -> {
                servers.clients(member, FaultProxy.Mode.BLACKHOLE);
                pause(millis);
                servers.clients(member, FaultProxy.Mode.PASS);
            }
            case RESTART_IN_ORDER -> {
                servers.stop(member);
                servers.restart(member);
            }
        }
        servers.awaitServing(member);
    }

    private static void pause(long millis) throws InterruptedException {
        Await.pause(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    List<String> noted() {
        return noted;
    }
}
