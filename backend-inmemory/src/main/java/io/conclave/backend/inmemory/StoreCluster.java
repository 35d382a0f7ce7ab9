package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.WireClient;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What an operator asks the members of a replicated store, over the network and without a session. Blocks, at most the given time; asks all members at once, so one that does not answer delays nobody else.
 */
public final class StoreCluster {
    private final List<String> addresses;
    private final Timekeeper clock = Timekeeper.system();

    private StoreCluster(List<String> addresses) {
        this.addresses = addresses;
    }

    /**
     * The members that a URL names.
     *
     * @throws IllegalArgumentException if it is none of a replicated store
     */
    public static StoreCluster of(BackendUrl url) {
        if (!url.scheme().equals("inmemory") || url.hosts().isEmpty()) {
            throw new IllegalArgumentException(
                    "'" + url + "' is no replicated store: inmemory://host:" + Replication.PORT + ",… is");
        }
        return new StoreCluster(url.hostsWithPort(Replication.PORT));
    }

    /** How each member is, in the order of the URL, also those that do not answer within the time. */
    public List<MemberStatus> status(Duration wait) throws InterruptedException {
        long deadline = clock.deadlineAfter(wait);
        try (WireClient wire = new WireClient()) {
            List<MemberInquiry> inquiries = new ArrayList<>();
            for (String address : addresses) {
                inquiries.add(MemberInquiry.status(wire, address));
            }
            List<MemberStatus> found = new ArrayList<>();
            for (MemberInquiry inquiry : inquiries) {
                found.add(inquiry.await(clock, deadline));
            }
            return found;
        }
    }

    /**
     * Hands leadership over to another member. Sessions live on; clients connect to the new leader by themselves.
     *
     * @return how the new leader is, once it leads
     * @throws UnavailableException if no member is known to lead, or the member did not take over: the old one leads on then, or nobody knows
     * @throws IllegalArgumentException if the member is not one of the store's
     */
    public MemberStatus transferTo(int member, Duration wait) throws InterruptedException {
        long deadline = clock.deadlineAfter(wait);
        MemberStatus leader = leader(deadline)
                .orElseThrow(() -> new UnavailableException("no member is known to lead; 'cluster status' shows why"));
        if (leader.member() == member) {
            return leader;
        }
        try (WireClient wire = new WireClient()) {
            MemberInquiry asked = MemberInquiry.transfer(wire, leader.address(), member);
            MemberStatus answer = asked.await(clock, deadline);
            if (asked.isRefused()) {
                throw new UnavailableException("member " + leader.member() + " did not hand leadership to member "
                        + member + ": " + answer.trouble());
            }
        }
        while (true) {
            Optional<MemberStatus> now = leader(deadline);
            if (now.isPresent() && now.get().member() != leader.member()) {
                return now.get();
            }
            if (clock.isPast(deadline)) {
                throw new UnavailableException(
                        now.isPresent()
                                ? "member " + leader.member() + " still leads"
                                : "leadership was given up, and nobody is known to have taken it in time");
            }
            pause(Duration.ofMillis(20));
        }
    }

    private Optional<MemberStatus> leader(long deadline) throws InterruptedException {
        Duration left = clock.until(deadline);
        Duration most = Duration.ofSeconds(2);
        List<MemberStatus> all = status(left.compareTo(most) < 0 ? left : most);
        return all.stream().filter(MemberStatus::isLeading).findFirst();
    }

    private void pause(Duration time) throws InterruptedException {
        CompletableFuture<Void> over = new CompletableFuture<>();
        var unused = clock.schedule(() -> over.complete(null), time);
        clock.await(over);
    }
}
