package io.conclave.examples;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.leader.Candidacy;
import io.conclave.leader.LeaderElection;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedQueue;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/**
 * A master–worker system: the nodes elect a master, which hands out jobs; all of them work. A job whose worker dies is given to another one, and its result is written exactly
 * once, whoever had it before.
 *
 * <p>{@code java io.conclave.examples.MasterWorker URL NODE [JOBS]} takes part until it is ended; {@code NODE} is any name, {@code JOBS} how many jobs a master plans.
 */
public final class MasterWorker implements AutoCloseable {
    private static final String JOBS = "/master-worker/jobs";

    private final Conclave conclave;
    private final String node;
    private final DistributedQueue<String> jobs;

    /** Takes part under this name, and shows itself among the workers for as long as the session lives. */
    public MasterWorker(Conclave conclave, String node) throws InterruptedException {
        this.conclave = conclave;
        this.node = node;
        // snippet:worker
        this.jobs = DistributedQueue.builder(conclave, JOBS, Codec.utf8())
                .prefetch(1) // jobs are long: each worker claims one at a time
                .maxDeliveries(5) // a job that kills its workers becomes a dead letter
                .build();
        conclave.nodes().create("/master-worker/workers/" + node, new byte[0], CreateMode.EPHEMERAL);
        // end
    }

    /** Stands for master; as the master, plans these jobs once, whoever is master when. */
    public Candidacy standForMaster(List<String> plan) {
        // snippet:master
        LeaderElection election = LeaderElection.of(conclave, "/master-worker/master", node);
        return election.lead(term -> {
            List<String> planned = conclave.nodes().children("/master-worker/planned");
            for (String job : plan) {
                if (!planned.contains(job)) {
                    jobs.put(job); // a new master may put a job twice: its result is written once all the same
                    term.write("/master-worker/planned/" + job, new byte[0]);
                }
            }
            new CountDownLatch(1).await(); // interrupted when the term is lost or the candidacy closed
        });
        // end
    }

    /** Works on one job: waits for it, and writes its result together with its completion. */
    public String workOnce(UnaryOperator<String> work) throws InterruptedException {
        // snippet:work
        try (Claim<String> job = jobs.take()) { // given back if the work throws; to others if this process dies
            NodePath result = NodePath.of("/master-worker/results/" + job.value());
            Payload done = Payload.utf8(work.apply(job.value()));
            Write write = Write.create(result, done, CreateMode.PERSISTENT);
            if (job.complete(parts -> parts.write(write)) instanceof CommitResult.Refused) {
                job.complete(); // the result is there: the master had put the job twice
            }
            return job.value();
        }
        // end
    }

    /** Who works now. */
    public List<String> workers() throws InterruptedException {
        return conclave.nodes().children("/master-worker/workers");
    }

    /** Ends the part of this node: what it has claimed goes to others. */
    @Override
    public void close() {
        jobs.close();
    }

    /** Takes part until the process is ended. */
    public static void main(String[] arguments) throws InterruptedException {
        int count = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 10;
        List<String> plan = java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> "job-" + i)
                .toList();
        try (Conclave conclave = Conclave.connect(arguments[0]);
                MasterWorker taking = new MasterWorker(conclave, arguments[1]);
                Candidacy candidacy = taking.standForMaster(plan)) {
            while (!Thread.currentThread().isInterrupted()) {
                String job = taking.workOnce(text -> arguments[1] + " did " + text);
                byte[] line = (job + (candidacy.isLeading() ? " (by the master)" : "") + "\n")
                        .getBytes(StandardCharsets.UTF_8);
                System.out.write(line, 0, line.length);
                System.out.flush();
            }
        }
    }
}
