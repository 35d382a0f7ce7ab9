package io.conclave.it.support;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The connections between the servers of an ensemble: direct, or each through a proxy of its own, so that server i's configuration names its peers by proxies.
 *
 * <p>A ZooKeeper server announces its own election port to its peers, so part of the election traffic may find its way around the proxies. What follows the leader does not: a follower
 * that is cut from the leader's quorum port neither serves nor follows.
 */
final class PeerLinks implements AutoCloseable {
    /** The two ports at which peers reach a server. */
    record Ports(int quorum, int election) {}

    private record Link(int from, int to, FaultProxy quorum, FaultProxy election) {}

    private final List<Ports> real;
    private final List<Link> links = new ArrayList<>();

    PeerLinks(List<Ports> real, boolean proxies) throws IOException {
        this.real = real;
        for (int from = 0; proxies && from < real.size(); from++) {
            for (int to = 0; to < real.size(); to++) {
                if (from != to) {
                    links.add(new Link(
                            from,
                            to,
                            FaultProxy.opaque(real.get(to).quorum()),
                            FaultProxy.opaque(real.get(to).election())));
                }
            }
        }
    }

    /** The ports by which one server knows another, or itself. */
    Ports seenFrom(int from, int to) {
        return links.stream()
                .filter(link -> link.from == from && link.to == to)
                .findFirst()
                .map(link -> new Ports(link.quorum.port(), link.election.port()))
                .orElse(real.get(to));
    }

    void isolate(int index, FaultProxy.Mode mode) throws IOException {
        if (links.isEmpty()) {
            throw new IllegalStateException("these servers reach each other without proxies");
        }
        for (Link link : links) {
            if (link.from == index || link.to == index) {
                link.quorum.mode(mode);
                link.election.mode(mode);
            }
        }
    }

    void heal() throws IOException {
        for (Link link : links) {
            link.quorum.mode(FaultProxy.Mode.PASS);
            link.election.mode(FaultProxy.Mode.PASS);
        }
    }

    @Override
    public void close() {
        for (Link link : links) {
            link.quorum.close();
            link.election.close();
        }
    }
}
