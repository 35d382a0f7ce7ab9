package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.leader.Candidacy;
import io.conclave.leader.LeaderElection;
import io.conclave.spi.Timekeeper;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The third chapter of the demo: leadership is handed over. */
final class LeadershipStory {
    private final Narrator narrator;
    private final String path;
    private final List<Term> terms = new CopyOnWriteArrayList<>();
    private final AtomicInteger leading = new AtomicInteger();
    private final AtomicInteger leadingMost = new AtomicInteger();

    LeadershipStory(Narrator narrator, String path) {
        this.narrator = narrator;
        this.path = path;
    }

    private record Term(String leader, long token) {}

    void tell(Conclave ben, Conclave cleo) throws InterruptedException {
        narrator.title("3. Leadership is handed over");
        try (Candidacy first = stand(ben)) {
            Term firstTerm = term(1, ben);
            try (Candidacy second = stand(cleo)) {
                require(participants(cleo) == 2, "cleo stands behind ben");
                narrator.step("ben leads with token %d; cleo stands behind.".formatted(firstTerm.token()));
                long start = Timekeeper.system().nanoTime();
                first.abdicate();
                Term secondTerm = term(2, cleo);
                double millis = (Timekeeper.system().nanoTime() - start) / 1e6;
                narrator.step(
                        "ben abdicates; %.0f ms later cleo leads with token %d.".formatted(millis, secondTerm.token()));
                require(second.isLeading(), "cleo leads");
            }
            Term thirdTerm = term(3, ben);
            narrator.step(
                    "cleo leaves; ben, queued again by itself, leads with token %d.".formatted(thirdTerm.token()));
        }
        require(leadingMost.get() == 1, "never two led at a time");
        narrator.good(
                "Three terms, rising tokens, never two leaders at a time: the body of the old one had returned first.");
        narrator.elsewhere(
                "leadership comes without a token (Curator's LeaderLatch and LeaderSelector), so nothing tells the writes of an old leader"
                        + " from those of the new one.");
    }

    private Candidacy stand(Conclave conclave) {
        return LeaderElection.of(conclave, path, conclave.owner()).lead(term -> lead(conclave.owner(), term));
    }

    private void lead(String name, FencedGrant term) throws InterruptedException {
        leadingMost.accumulateAndGet(leading.incrementAndGet(), Math::max);
        terms.add(new Term(name, term.fencingToken()));
        try {
            Timekeeper.system().await(new CompletableFuture<>()); // until it is interrupted
        } finally {
            leading.decrementAndGet();
        }
    }

    private int participants(Conclave conclave) throws InterruptedException {
        LeaderElection election = LeaderElection.of(conclave, path, conclave.owner());
        Waiting.until(() -> election.participants().size() == 2, Worker.PATIENCE);
        return election.participants().size();
    }

    private Term term(int number, Conclave leader) throws InterruptedException {
        require(Waiting.until(() -> terms.size() >= number, Worker.PATIENCE), leader.owner() + " came to lead");
        Term term = terms.get(number - 1);
        require(term.leader().equals(leader.owner()), leader.owner() + " leads term " + number);
        require(number == 1 || term.token() > terms.get(number - 2).token(), "the tokens of the terms rise");
        return term;
    }

    private static void require(boolean holds, String claim) {
        Story.require(holds, claim);
    }
}
