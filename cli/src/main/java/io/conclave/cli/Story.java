package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.FencedGrant;
import io.conclave.fencing.FencingGate;
import io.conclave.fencing.StaleTokenException;
import io.conclave.lock.FencedLock;
import io.conclave.spi.Timekeeper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * The first two chapters of the demo: workers on one fenced lock, then a holder that is paused past its session. Everything that is told has been
 * checked just before; if a check fails, the story ends with an error.
 */
final class Story {
    private final Narrator narrator;
    private final String lockPath;
    private final String balancePath;
    private final Account fenced = new Account();
    private final Account unfenced = new Account();

    Story(Narrator narrator, String lockPath, String balancePath) {
        this.narrator = narrator;
        this.lockPath = lockPath;
        this.balancePath = balancePath;
    }

    /** The tokens of the second chapter. */
    record Tokens(long paused, long next) {}

    /** What the lock protects, outside of the store: money. */
    private static final class Account {
        private final FencingGate gate = FencingGate.inMemory("account");
        private int balance = 100;

        void setFenced(long token, int newBalance) {
            gate.enterExclusive(token);
            balance = newBalance;
        }
    }

    /** Ends the story if it does not hold. */
    static void require(boolean holds, String claim) {
        if (!holds) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    "the story does not hold: not true that " + claim,
                    "this is a defect; please report it");
        }
    }

    static <T> T get(CompletableFuture<T> future, String claim) throws InterruptedException {
        require(Waiting.within(future, Worker.PATIENCE), claim);
        try {
            return future.join();
        } catch (CompletionException failure) {
            throw failure.getCause() instanceof RuntimeException known ? known : failure;
        }
    }

    /** Three workers take turns. */
    void takeTurns(List<Conclave> workers) throws InterruptedException {
        narrator.title("1. Three workers, one fenced lock");
        List<CompletableFuture<FencedGrant>> grants = new java.util.ArrayList<>();
        for (Conclave worker : workers) {
            grants.add(FencedLock.of(worker, lockPath).acquireAsync(Worker.PATIENCE));
            int queued = grants.size();
            require(
                    Waiting.until(() -> contenders(worker).size() == queued, Worker.PATIENCE),
                    worker.owner() + " stands in the queue");
        }
        List<String> order =
                contenders(workers.get(0)).stream().map(Contender::owner).toList();
        narrator.step("Each has its own session with the store. %s holds %s, waiting in order: %s."
                .formatted(order.get(0), lockPath, String.join(", ", order.subList(1, order.size()))));
        long last = 0;
        for (int i = 0; i < workers.size(); i++) {
            String name = workers.get(i).owner();
            FencedGrant grant = get(grants.get(i), name + " was granted the lock");
            long token = grant.fencingToken();
            require(token > last, "token " + token + " is larger than " + last);
            require(order.get(i).equals(name), name + " was granted in its turn");
            fenced.setFenced(token, fenced.balance);
            narrator.step("%-5s is granted with fencing token %d, looks at the account, and releases."
                    .formatted(name, token));
            grant.release();
            last = token;
        }
        narrator.good("In order of arrival, each with a larger token. The account remembers the largest: %d."
                .formatted(last));
    }

    private List<Contender> contenders(Conclave conclave) throws InterruptedException {
        return conclave.contenders(lockPath).view().contenders();
    }

    /** The holder falls asleep; the next one works; the sleeper comes back. */
    Tokens pauseHolder(Sleeper ada, Conclave ben) throws InterruptedException {
        narrator.title("2. A holder pauses past its session, and comes back");
        long adaToken = ada.acquire();
        require(ada.believesToHold(), "ada holds the lock");
        int adaRead = fenced.balance;
        fenced.setFenced(adaToken, adaRead);
        require(ada.write(balancePath, Integer.toString(adaRead)), "ada may write while it holds the lock");
        narrator.step("ada is granted with token %d, reads the balance, %d, and is about to add 10."
                .formatted(adaToken, adaRead));

        CompletableFuture<FencedGrant> waiting = FencedLock.of(ben, lockPath).acquireAsync(Worker.PATIENCE);
        require(
                Waiting.until(() -> contenders(ben).size() == 2, Worker.PATIENCE),
                "ben stands in the queue behind ada");
        Timekeeper time = Timekeeper.system();
        long start = time.nanoTime();
        String how = ada.pause();
        narrator.step(
                "ada stops in mid-work (%s), as in a long garbage collection or on a suspended machine. ben waits."
                        .formatted(how));
        FencedGrant grant = get(waiting, "ben was granted the lock after ada's session had ended");
        double seconds = (time.nanoTime() - start) / 1e9;
        long benToken = grant.fencingToken();
        require(benToken > adaToken, "ben's token " + benToken + " is larger than ada's " + adaToken);
        narrator.step("%.1f s later the store has ended ada's session: ben is granted with token %d."
                .formatted(seconds, benToken));
        int benWrites = fenced.balance + 50;
        fenced.setFenced(benToken, benWrites);
        unfenced.balance = benWrites;
        grant.write(balancePath, Integer.toString(benWrites).getBytes(StandardCharsets.UTF_8));
        narrator.step("ben adds 50: the balance is %d.".formatted(benWrites));

        ada.resume();
        comeBack(ada, ben, adaToken, adaRead + 10, benWrites);
        require(grant.isValid(), "ben still holds the lock");
        grant.release();
        return new Tokens(adaToken, benToken);
    }

    private void comeBack(Sleeper ada, Conclave ben, long adaToken, int adaWrites, int benWrites)
            throws InterruptedException {
        boolean believes = ada.believesToHold();
        require(!believes, "ada's grant says at once that it was lost");
        narrator.good(
                "ada goes on. The first thing it asks is grant.isValid(): %s. It compares clocks, so it knows at once."
                        .formatted(believes));
        narrator.elsewhere(
                "Curator's InterProcessMutex.isAcquiredInThisProcess() answers from memory: true until release(), also after the"
                        + " session has ended; and a re-entrant acquire() is granted from memory.");
        narrator.step("But ada had asked before it was stopped. So it sends its old write now: balance %d."
                .formatted(adaWrites));
        unfenced.balance = adaWrites;
        require(unfenced.balance != benWrites, "an account without a gate takes the old write");
        narrator.bad("An account that does not look at tokens takes it: balance %d, ben's 50 are gone."
                .formatted(unfenced.balance));
        narrator.elsewhere("This is what a lock without fencing tokens leaves you with, however good its timing is.");
        narrator.good("The fenced account refuses it: %s.".formatted(refusal(adaToken, adaWrites)));
        require(fenced.balance == benWrites, "the fenced account still holds ben's balance");
        require(!ada.write(balancePath, Integer.toString(adaWrites)), "the store refuses ada's write");
        require(stored(ben).equals(Integer.toString(benWrites)), "the store still holds ben's value");
        narrator.good(
                "grant.write(), which the store itself guards by the holder's node, refuses it too: the node still says %s."
                        .formatted(stored(ben)));
        require(ada.wasToldOfLoss(), "ada's onLost listener was called");
        narrator.step("ada's onLost listener was called. To go on it has to acquire again, with a new token.");
    }

    private String refusal(long token, int balance) {
        try {
            fenced.setFenced(token, balance);
        } catch (StaleTokenException refused) {
            return String.valueOf(refused.getMessage());
        }
        throw new CommandFailure(
                ExitCode.FAILED,
                "the story does not hold: the gate took an old token",
                "this is a defect; please report it");
    }

    private String stored(Conclave conclave) throws InterruptedException {
        return conclave.nodes()
                .get(balancePath)
                .map(node -> node.data().asUtf8())
                .orElse("(absent)");
    }
}
