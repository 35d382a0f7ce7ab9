package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.log.LogBusyException;
import io.conclave.backend.inmemory.log.NotLeaderException;
import io.conclave.backend.inmemory.log.OutcomeUnknownException;
import io.conclave.backend.inmemory.wire.Connection;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Message.Failure;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a member says to clients, and when, with a log that agrees on command and time that stands still. */
class MemberTest {
    private static final long TTL_MILLIS = 10_000;
    private static final NodePath APP = NodePath.of("/app");

    private final VirtualClock clock = new VirtualClock();
    private final List<String> broken = new ArrayList<>();
    private final Member member =
            new Member(1, Map.of(1, "127.0.0.1:1", 2, "127.0.0.1:2"), clock, why -> broken.add(why));
    private final FakeLog log = new FakeLog(member.machine());
    private long request;

    /** A client without a network. */
    private final class Client implements Connection {
        final MemberPort port = new MemberPort(member);
        final List<Message> heard = new ArrayList<>();
        String closed = "";
        String sessionId = "";

        Client() {
            port.onOpen(this);
            port.onMessage(new Message.Hello(Wire.VERSION, ""));
        }

        Client(String key) {
            this();
            open(key);
        }

        void open(String key) {
            port.onMessage(new Message.Open(++request, 1, key, 1, TTL_MILLIS, APP));
            log.agree();
            sessionId = last(Message.Opened.class).sessionId();
            heard.clear();
        }

        void beat() {
            port.onMessage(new Message.Beat(++request, 1));
        }

        void put(String path) {
            port.onMessage(new Message.DoCommit(++request, 1, creating(path), Set.of()));
        }

        Commit creating(String path) {
            return Commit.builder(new OpId(9, request), Long.MAX_VALUE)
                    .write(Write.create(NodePath.of(path), Payload.empty(), CreateMode.EPHEMERAL))
                    .then(Query.get(NodePath.of(path)))
                    .build();
        }

        void read(boolean linearizable) {
            port.onMessage(new Message.Read(++request, 1, linearizable, List.of(Query.children(NodePath.root()))));
        }

        <M extends Message> M last(Class<M> type) {
            assertThat(heard).isNotEmpty();
            assertThat(heard.get(heard.size() - 1)).isInstanceOf(type);
            return type.cast(heard.get(heard.size() - 1));
        }

        Failure failure() {
            return last(Message.Failed.class).failure();
        }

        @Override
        public void send(Message message) {
            heard.add(message);
        }

        @Override
        public void close(String why) {
            closed = why;
        }

        @Override
        public void reading(boolean wanted) {}

        @Override
        public void accepted() {}

        @Override
        public String peer() {
            return "test";
        }
    }

    private void lead() {
        member.start(log);
        log.lead();
        log.agreeAll();
    }

    @Test
    void theFirstLeaderOfAStoreLogsHowItBeginsAndServesOnlyThen() {
        member.start(log);
        log.lead();
        assertThat(member.isLeading()).isFalse();
        Command.Begin begin = (Command.Begin) log.agree();
        assertThat(begin.baseRevision()).isEqualTo(EmbeddedStore.baseRevision(clock));
        assertThat(member.isLeading()).isTrue();
        log.follow();
        log.lead();
        assertThat(log.entries).as("only the first one").isEmpty();
        assertThat(member.isLeading()).isTrue();
        log.apply(new Command.Begin("other", Long.MAX_VALUE / 2));
        assertThat(member.facts()).containsEntry("store", begin.storeId());
    }

    @Test
    void aBeatIsAcknowledgedOnlyAfterAQuorumCheckThatBeganLater() {
        lead();
        Client client = new Client("k");
        client.read(true); // has a check under way already
        client.beat();
        assertThat(log.barriers).hasSize(1);
        log.passBarrier();
        assertThat(client.last(Message.Views.class)).isNotNull();
        assertThat(client.heard).noneMatch(Message.Done.class::isInstance);
        client.beat();
        client.beat();
        assertThat(log.barriers).as("one check for all of them").hasSize(1);
        log.passBarrier();
        assertThat(client.heard).hasSize(2).last().isInstanceOf(Message.Done.class);
        log.passBarrier();
        assertThat(client.heard).hasSize(4);
    }

    @Test
    void withoutAQuorumNothingIsAcknowledgedAndNothingLinearizableIsRead() {
        lead();
        Client client = new Client("k");
        client.beat();
        client.read(true);
        client.put("/n");
        assertThat(client.heard).isEmpty();
        log.barriers.removeFirst().completeExceptionally(new NotLeaderException("no majority", OptionalInt.empty()));
        assertThat(client.failure()).isEqualTo(Failure.NOT_DONE);
        log.barriers.removeFirst().completeExceptionally(new NotLeaderException("no majority", OptionalInt.empty()));
        assertThat(client.failure()).isEqualTo(Failure.NOT_DONE);
        log.failNext(new OutcomeUnknownException("leadership ended", null));
        assertThat(client.failure()).isEqualTo(Failure.UNKNOWN);
        assertThat(client.heard).hasSize(3).allMatch(Message.Failed.class::isInstance);
    }

    @Test
    void whatNeverEnteredTheLogIsSaidNotToBeDone() {
        lead();
        Client client = new Client("k");
        client.put("/n");
        log.failNext(new LogBusyException("full"));
        assertThat(client.failure()).isEqualTo(Failure.NOT_DONE);
        client.put("/n");
        log.failNext(new NotLeaderException("another leads", OptionalInt.of(2)));
        assertThat(client.failure()).isEqualTo(Failure.NOT_DONE);
    }

    @Test
    void aSessionThatIsNotHeardIsEndedByTheLogAndNotRenewedOnceThatIsProposed() {
        lead();
        Client client = new Client("k");
        clock.advance(Duration.ofMillis(TTL_MILLIS - 1));
        client.beat();
        log.passBarrier();
        client.heard.clear();
        clock.advance(Duration.ofMillis(TTL_MILLIS - 1));
        assertThat(log.entries).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(log.entries.getFirst().command()).isEqualTo(new Command.EndSession(client.sessionId));
        client.beat();
        log.passBarrier();
        assertThat(client.heard).as("beats after the proposal").isEmpty();
        log.agree();
        assertThat(client.heard).containsExactly(new Message.Ended(0, 1));
    }

    @Test
    void anEndThatGotNoAnswerIsProposedAgain() {
        lead();
        new Client("k");
        clock.advance(Duration.ofMillis(TTL_MILLIS));
        log.failNext(new LogBusyException("full"));
        clock.advance(Duration.ofSeconds(1));
        assertThat(log.agreeAll()).singleElement().isInstanceOf(Command.EndSession.class);
        clock.advance(Duration.ofMinutes(1));
        assertThat(log.entries).isEmpty();
        assertThat(clock.timers()).isZero();
    }

    @Test
    void anEndThatWasProposedInAnEarlierTermIsNotProposedAgainInALaterOne() {
        lead();
        new Client("k");
        clock.advance(Duration.ofMillis(TTL_MILLIS));
        log.failNext(new OutcomeUnknownException("leadership ended", null));
        log.follow();
        log.lead();
        clock.advance(Duration.ofMillis(TTL_MILLIS - 1));
        assertThat(log.entries).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(log.entries).hasSize(1);
    }

    @Test
    void aNewLeaderGivesEverySessionItsWholeTimeAnew() {
        lead();
        log.apply(new Command.OpenSession("other", 1, TTL_MILLIS));
        log.follow();
        clock.advance(Duration.ofMinutes(1));
        assertThat(log.entries).as("a follower ends nothing").isEmpty();
        log.lead();
        clock.advance(Duration.ofMillis(TTL_MILLIS - 1));
        assertThat(log.entries).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(log.entries).hasSize(1);
    }

    @Test
    void aDeposedLeaderSendsItsClientsToTheNextOne() {
        lead();
        Client client = new Client("k");
        client.put("/n");
        log.follow();
        assertThat(client.last(Message.Moved.class).leaderAddress()).isEqualTo("127.0.0.1:2");
        assertThat(client.closed).isNotEmpty();
        Client later = new Client();
        assertThat(later.last(Message.Welcome.class).leading()).isFalse();
        assertThat(later.last(Message.Welcome.class).leaderAddress()).isEqualTo("127.0.0.1:2");
        later.port.onMessage(new Message.Attach(++request, 1, client.sessionId, APP));
        assertThat(later.failure()).isEqualTo(Failure.NOT_DONE);
    }

    /** So that it need not ask again and again while there is an election. */
    @Test
    void whoComesWhileNobodyLeadsIsToldAtOnceWhoLeadsThen() {
        lead();
        log.leaderless();
        Client client = new Client();
        assertThat(client.last(Message.Welcome.class).leaderAddress()).isEmpty();
        log.follow();
        assertThat(client.last(Message.Moved.class).leaderAddress()).isEqualTo("127.0.0.1:2");
        log.lead();
        assertThat(client.last(Message.Moved.class).leaderAddress())
                .as("itself")
                .isEqualTo("127.0.0.1:1");
        assertThat(client.heard).as("once each").hasSize(3);
        Client served = new Client("k");
        log.lead();
        assertThat(served.heard).as("one that is served").isEmpty();
    }

    @Test
    void openingAgainWithTheSameKeyIsTheSameSessionAndRenewsIt() {
        lead();
        Client first = new Client("k");
        clock.advance(Duration.ofMillis(TTL_MILLIS - 1));
        Client again = new Client("k");
        assertThat(again.sessionId).isEqualTo(first.sessionId);
        assertThat(new Client("other").sessionId).isNotEqualTo(first.sessionId);
        clock.advance(Duration.ofMillis(TTL_MILLIS - 1));
        assertThat(log.entries).isEmpty();
        clock.advance(Duration.ofMillis(1));
        again.port.onMessage(new Message.Open(++request, 2, "k", 1, TTL_MILLIS, APP));
        assertThat(again.failure()).as("while its end is proposed").isEqualTo(Failure.NOT_DONE);
    }

    @Test
    void noAnswerOvertakesTheEventThatItDependsOn() {
        lead();
        Client client = new Client("k");
        client.port.onMessage(new Message.Watch(1, 7, WatchSpec.children(NodePath.root()), -1, true));
        assertThat(client.last(Message.Events.class).started()).isEqualTo(7);
        client.heard.clear();
        client.put("/n");
        client.read(false);
        log.agree();
        client.read(false);
        assertThat(client.heard)
                .extracting(message -> message.type().name())
                .containsExactly("VIEWS", "EVENTS", "RESULT", "VIEWS");
        Message.Events events = (Message.Events) client.heard.get(1);
        assertThat(events.events())
                .singleElement()
                .satisfies(event -> assertThat(event.path()).isEqualTo(NodePath.root()));
        CommitResult.Applied applied = (CommitResult.Applied) ((Message.Result) client.heard.get(2)).result();
        assertThat(applied.created().get(0).path()).isEqualTo(NodePath.of("/n"));
        assertThat(((View.OfNode) applied.then().get(0)).node()).isPresent();
    }

    @Test
    void aSessionIsServedOnItsLatestConnectionOnly() {
        lead();
        Client first = new Client("k");
        Client second = new Client();
        second.port.onMessage(new Message.Attach(++request, 1, first.sessionId, APP));
        log.passBarrier();
        assertThat(second.last(Message.Done.class)).isNotNull();
        first.put("/late");
        assertThat(first.failure()).isEqualTo(Failure.NOT_ATTACHED);
        assertThat(log.entries).isEmpty();
        first.port.onClosed("gone");
        second.put("/n");
        log.agree();
        assertThat(second.last(Message.Result.class)).isNotNull();
    }

    @Test
    void thatASessionIsOverIsSaidAfterAQuorumCheckOnly() {
        lead();
        Client client = new Client();
        client.heard.clear();
        client.port.onMessage(new Message.Attach(++request, 1, "0000000000000001", APP));
        assertThat(client.heard).isEmpty();
        log.passBarrier();
        assertThat(client.last(Message.Ended.class).request()).isEqualTo(request);
    }

    @Test
    void aWatchThatGoesOnIsToldExactlyWhatItMissed() {
        lead();
        Client client = new Client("k");
        client.put("/a");
        log.agree();
        long heard = client.last(Message.Result.class).revision();
        client.put("/b");
        log.agree();
        Client again = new Client();
        again.port.onMessage(new Message.Attach(++request, 1, client.sessionId, APP));
        again.port.onMessage(new Message.Watch(1, 3, WatchSpec.subtree(NodePath.root()), heard, false));
        Message.Events missed = again.last(Message.Events.class);
        assertThat(missed.events())
                .singleElement()
                .isEqualTo(new Message.Event(3, WatchSpec.Kind.CREATED, NodePath.of("/b"), heard + 1));
    }

    @Test
    void aWatchThatGoesOnBehindASnapshotIsToldToReadAgain() throws Exception {
        lead();
        Client client = new Client("k");
        client.put("/a");
        log.agree();
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        member.machine().capture().writeTo(snapshot);
        member.machine().restore(new ByteArrayInputStream(snapshot.toByteArray()));
        assertThat(client.closed).isNotEmpty();
        Client again = new Client();
        again.port.onMessage(new Message.Attach(++request, 1, client.sessionId, APP));
        again.port.onMessage(new Message.Watch(1, 4, WatchSpec.subtree(NodePath.root()), 1, false));
        assertThat(again.last(Message.Events.class).events())
                .singleElement()
                .satisfies(event -> assertThat(event.kind()).isNull());
    }

    @Test
    void anEntryThatCannotBeReadStopsTheMember() {
        lead();
        Client client = new Client("k");
        byte[] later = CommandCodec.write(new Command.EndSession("x"), 100);
        later[0] = CommandCodec.VERSION + 1;
        assertThatThrownBy(() -> member.machine().apply(99, later)).hasMessageContaining("version 2");
        assertThat(broken).singleElement().asString().contains("entry 99");
        assertThat(client.closed).isNotEmpty();
        assertThat(member.isLeading()).isFalse();
        assertThatThrownBy(() -> log.apply(new Command.EndSession(client.sessionId)))
                .isInstanceOf(IllegalStateException.class);
    }
}
