package io.conclave.backend.inmemory;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.View;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** An embedded store in virtual time and short ways to speak to it. */
final class Clients {
    static final Duration TTL = Duration.ofSeconds(10);

    final VirtualClock clock = new VirtualClock();
    final EmbeddedStore store;

    Clients() {
        this.store = EmbeddedStore.builder().clock(clock).pausableTimers(true).build();
    }

    /** One client with one session, and what its listener heard. */
    final class Client {
        final Backend backend = store.connect();
        final List<SessionState> states = new ArrayList<>();
        final Session session = result(backend.openSession(
                new SessionSpec(TTL, 1), (session, state) -> states.add(state), clock.deadlineAfter(TTL)));

        ClientFaults faults() {
            return store.faults().session(session.id());
        }

        Commit commitOf(Write... writes) {
            Commit.Builder builder = Commit.builder(session.newOpId(), clock.deadlineAfter(TTL));
            for (Write write : writes) {
                builder.write(write);
            }
            return builder.build();
        }

        CompletableFuture<CommitResult> commit(Write... writes) {
            return session.commit(commitOf(writes)).toCompletableFuture();
        }

        CommitResult applied(Write... writes) {
            return result(commit(writes));
        }

        CompletableFuture<List<View>> ask(Query query) {
            return session.read(List.of(query), ReadLevel.LINEARIZABLE, clock.deadlineAfter(TTL))
                    .toCompletableFuture();
        }

        List<NodePath> list(String directory) {
            View.OfNodes view = (View.OfNodes)
                    result(ask(Query.children(NodePath.of(directory)))).get(0);
            return view.nodes().stream().map(Node::path).toList();
        }

        Heard watch(WatchSpec spec) {
            Heard heard = new Heard();
            session.watch(spec, heard);
            return heard;
        }
    }

    /** What a watch told, as text. */
    static class Heard implements WatchListener {
        final List<String> told = new ArrayList<>();

        @Override
        public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
            told.add(kind + " " + path);
        }

        @Override
        public void onResync(long revision) {
            told.add("RESYNC");
        }

        @Override
        public void onEnd(BackendException why) {
            told.add("END " + why.getClass().getSimpleName());
        }
    }

    Client client() {
        return new Client();
    }

    /** The value of a stage that is done by now. */
    static <T> T result(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (!future.isDone()) {
            throw new AssertionError("it is not done");
        }
        return future.join();
    }

    /** The failure of a stage that has failed by now. */
    static Throwable failure(CompletionStage<?> stage) {
        CompletableFuture<?> future = stage.toCompletableFuture();
        if (!future.isCompletedExceptionally()) {
            throw new AssertionError("it has not failed: " + future);
        }
        try {
            future.join();
            throw new AssertionError("it has not failed");
        } catch (CompletionException failed) {
            return failed.getCause();
        }
    }
}
