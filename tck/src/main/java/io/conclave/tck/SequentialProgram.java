package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One operation after the other, each by a random client, on the backend and on the model. The model composes other names and counts
 * other revisions: {@link Translation} knows which belong together.
 */
final class SequentialProgram {
    private static final int STEPS = 40;

    private final Lab lab;
    private final Random random;
    private final Model model = new Model(1);
    private final Translation translation = new Translation();
    private final ProgramSource source;
    private final List<Client> clients = new ArrayList<>();
    private final List<String> trace = new ArrayList<>();
    private long revision;

    private SequentialProgram(Lab lab, Random random) {
        this.lab = lab;
        this.random = random;
        this.source = new ProgramSource(random, model);
    }

    static void run(Lab lab, Random random) {
        SequentialProgram program = new SequentialProgram(lab, random);
        try {
            program.run();
        } catch (RuntimeException | AssertionError differs) {
            throw new AssertionError(
                    differs.getMessage() + System.lineSeparator() + "the program so far: "
                            + String.join(System.lineSeparator() + "  ", program.trace),
                    differs);
        }
    }

    private void run() {
        int count = 2 + random.nextInt(2);
        for (int i = 0; i < count; i++) {
            join();
        }
        Client watcher = lab.client();
        Mirror mirror = Mirror.start(lab, watcher);
        for (int step = 0; step < STEPS; step++) {
            step();
        }
        List<Node> all = watcher.list(Query.subtree(NodePath.root(), 100_000));
        Query everything = Query.subtree(NodePath.root(), 100_000);
        translation.assertSame(
                new View.OfNodes(all, false),
                model.answer(List.of(everything), Map.of()).get(0),
                everything,
                model);
        mirror.assertEqualTo(all);
    }

    private void join() {
        Client client = lab.client();
        clients.add(client);
        translation.session(client.session().id());
    }

    private void step() {
        Client client = clients.get(random.nextInt(clients.size()));
        int kind = random.nextInt(100);
        if (kind < 65) {
            commit(client);
        } else if (kind < 88) {
            read(client);
        } else if (kind < 94) {
            withdraw(client);
        } else {
            end(client);
        }
    }

    private void end(Client client) {
        trace.add("close " + client.session().id());
        lab.await(client.session().closeAsync(), "closeAsync");
        model.end(client.session().id());
        clients.remove(client);
        join();
    }

    private void withdraw(Client client) {
        OpId id = client.session().newOpId();
        trace.add("withdraw " + id);
        assertEquals(
                Withdrawal.NEVER_APPLIED,
                lab.await(client.session().withdraw(id, lab.deadline()), "withdraw"),
                "withdrawal of a commit that was never sent");
    }

    private void read(Client client) {
        List<Query> queries = source.queries(3);
        List<Query> real = queries.stream().map(translation::toBackend).toList();
        trace.add("read " + queries);
        List<View> views = client.read(ReadLevel.LINEARIZABLE, real.toArray(Query[]::new));
        assertViews(model.answer(queries, Map.of()), views, queries);
    }

    private void assertViews(List<View> expected, List<View> views, List<Query> queries) {
        assertEquals(queries.size(), views.size(), "views");
        for (int i = 0; i < views.size(); i++) {
            translation.assertSame(views.get(i), expected.get(i), queries.get(i), model);
        }
    }

    private void commit(Client client) {
        String session = client.session().id();
        Commit planned = source.commit(client.session().newOpId(), lab.deadline());
        if (source.isAmbiguous(planned, session)) {
            return;
        }
        Commit real = translation.toBackend(planned, model, client);
        trace.add(session + " " + planned);
        CommitResult expected;
        try {
            expected = model.commit(session, planned);
        } catch (InvalidRequestException invalid) {
            lab.failure(
                    InvalidRequestException.class,
                    client.session().commit(real),
                    "what the model calls invalid (" + invalid.getMessage() + ")");
            return;
        }
        CommitResult result = client.send(real);
        if (expected instanceof CommitResult.Refused refused) {
            int index = result instanceof CommitResult.Refused told ? told.index() : -1;
            assertEquals(refused.index(), index, "index of the refusal in " + result);
        } else {
            assertTrue(result instanceof CommitResult.Applied, "applied by the model, and here " + result);
            assertApplied((CommitResult.Applied) expected, (CommitResult.Applied) result);
        }
        if (!result.then().isEmpty()) {
            assertThen(planned.then(), expected, result);
        }
    }

    /** What is before a node that was not made nobody asks. */
    private void assertThen(List<Query> then, CommitResult expected, CommitResult result) {
        assertEquals(then.size(), result.then().size(), "views");
        for (int i = 0; i < then.size(); i++) {
            boolean own =
                    then.get(i) instanceof Query.Children children && children.bound() == Query.Bound.BEFORE_OWN_CREATE;
            if (!own || result instanceof CommitResult.Applied) {
                translation.assertSame(result.then().get(i), expected.then().get(i), then.get(i), model);
            }
        }
    }

    private void assertApplied(CommitResult.Applied expected, CommitResult.Applied result) {
        assertEquals(expected.created().size(), result.created().size(), "nodes created");
        for (int i = 0; i < expected.created().size(); i++) {
            translation.made(expected.created().get(i), result.created().get(i));
        }
        assertTrue(result.revision().isPresent() || result.created().isEmpty(), "a create tells its revision");
        if (result.revision().isPresent()) {
            long told = result.revision().getAsLong();
            assertTrue(told > revision, "revision " + told + " after " + revision);
            revision = told;
        }
    }
}
