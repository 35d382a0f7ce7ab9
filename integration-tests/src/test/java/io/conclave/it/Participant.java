package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.leader.Candidacy;
import io.conclave.leader.LeaderElection;
import io.conclave.leader.LeaderLatch;
import io.conclave.leader.LeadershipListener;
import io.conclave.lock.FencedLock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** A process that stands for two offices at a time: with a latch, and in an election whose body waits for the end of its term. */
final class Participant implements AutoCloseable {
    static final String TOP = "/offices";
    static final String LATCHES = TOP + "/latch";
    static final String ELECTION = TOP + "/election";
    private static final String LOCK = "/locks/seen";

    /** The ways to hold an office. */
    static final List<Function<Participant, Optional<FencedGrant>>> OFFICES =
            List.of(each -> each.latch.term(), each -> each.candidacy.term());

    final Conclave conclave;
    final FencedLock lock;
    private final LeaderLatch latch;
    private final Candidacy candidacy;
    /** The latch's terms as they were gained and lost, in turn. */
    private final List<FencedGrant> heard = new CopyOnWriteArrayList<>();

    /** Stands for both offices under this id; closes the connection when it is closed itself. */
    Participant(Conclave conclave, String id) {
        this.conclave = conclave;
        this.lock = FencedLock.of(conclave, LOCK);
        this.latch = LeaderLatch.of(conclave, LATCHES, id);
        latch.addListener(new LeadershipListener() {
            @Override
            public void onGained(FencedGrant term) {
                heard.add(term);
            }

            @Override
            public void onLost(FencedGrant term) {
                heard.add(term);
            }
        });
        latch.start();
        this.candidacy = LeaderElection.of(conclave, ELECTION, id).lead(term -> new CountDownLatch(1).await());
    }

    /** Those of them that hold an office, with valid terms. */
    static List<FencedGrant> terms(List<Participant> all, Function<Participant, Optional<FencedGrant>> office) {
        return all.stream().map(office).flatMap(Optional::stream).toList();
    }

    /** The listener heard of each term's beginning and then of its end. */
    void verifyHeardInTurn() {
        List<FencedGrant> all = List.copyOf(heard);
        for (int i = 1; i < all.size(); i++) {
            assertThat(all.get(i) == all.get(i - 1))
                    .as("gained and lost in turn")
                    .isEqualTo(i % 2 == 1);
        }
    }

    /** Stands for nothing any more. */
    void standDown() {
        latch.close();
        candidacy.close();
    }

    @Override
    public void close() {
        conclave.close();
    }
}
