package io.conclave.counter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.TestStore;
import io.conclave.UnreadableDataException;
import io.conclave.backend.inmemory.Fault;
import io.conclave.spi.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The shared value with virtual time: versions, listeners (T32), lost replies (T31). */
@Timeout(60)
class SharedValueTest {
    private static final String PATH = "/values/colour";
    private static final int TIMES = 200;

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final SharedValue<String> mine = SharedValue.of(one, PATH, Codec.utf8());
    private final SharedValue<String> rivals = SharedValue.of(two, PATH, Codec.utf8());

    @AfterEach
    void close() {
        store.close();
    }

    private static List<String> heardBy(SharedValue<String> value) {
        List<String> heard = new ArrayList<>();
        value.addListener(now -> heard.add(now.map(VersionedValue::value).orElse("none")));
        return heard;
    }

    @Test
    void aVersionIsNeverUsedTwiceNorAfterDeletion() throws Exception {
        assertThat(mine.get()).isEmpty();
        VersionedValue<String> red = mine.trySet(0, "red").orElseThrow();
        assertThat(mine.trySet(0, "blue")).isEmpty();
        assertThat(rivals.get()).contains(red);
        two.nodes().delete(PATH);
        assertThat(mine.trySet(red.version(), "blue")).isEmpty();
        VersionedValue<String> again = rivals.trySet(0, "red").orElseThrow();
        assertThat(two.nodes().get(PATH).orElseThrow().version()).isZero(); // as the first had
        assertThat(again.version()).isGreaterThan(red.version());
        assertThat(mine.trySet(red.version(), "blue")).isEmpty();
        assertThat(mine.trySet(again.version(), "blue").orElseThrow().version()).isGreaterThan(again.version());
    }

    @Test
    void aChangeOfAKnownVersionIsOneRequest() throws Exception {
        VersionedValue<String> now = mine.set("a");
        long before = store.faults(one).requests().total();
        now = mine.trySet(now.version(), "b").orElseThrow();
        mine.set("c");
        assertThat(store.faults(one).requests().total() - before).isEqualTo(2);
        assertThat(mine.trySet(now.version(), "d")).isEmpty();
        assertThat(mine.update(old -> old.orElseThrow() + "!").value()).isEqualTo("c!");
    }

    @Test
    void aListenerHearsThePresentValueAndEachLatest() throws Exception {
        List<String> heard = heardBy(mine);
        rivals.set("red");
        rivals.set("red");
        two.nodes().delete(PATH);
        rivals.set("blue");
        assertThat(heard).containsExactly("none", "red", "red", "none", "blue");
    }

    /** T32: nothing is told when nothing changed, and nothing is missed over a cut or a lost session. */
    @Test
    void aMereDisconnectIsNotToldAndTheLatestIsNeverMissed() throws Exception {
        rivals.set("red");
        List<String> heard = heardBy(mine);
        for (int i = 0; i < 3; i++) {
            store.faults(one).suspend();
            store.advanceMillis(500);
            store.faults(one).heal();
            store.advanceMillis(1_000);
        }
        store.faults(one).expire();
        store.advanceMillis(5_000);
        assertThat(heard).containsExactly("red");
        store.faults(one).suspend();
        rivals.set("green");
        rivals.set("blue");
        store.faults(one).heal();
        store.advanceMillis(1_000);
        assertThat(heard.get(heard.size() - 1)).isEqualTo("blue");
        store.faults(one).suspend();
        two.nodes().delete(PATH);
        rivals.set("blue"); // deleted and made again with as many changes: another value
        store.faults(one).heal();
        store.advanceMillis(1_000);
        assertThat(heard.get(heard.size() - 1)).isEqualTo("blue");
        int before = heard.size();
        store.faults(one).expire();
        rivals.set("white");
        store.advanceMillis(5_000);
        assertThat(heard.subList(before, heard.size())).containsExactly("white");
    }

    @Test
    void aSlowListenerHearsTheLatestAndARemovedOneNothing() throws Exception {
        List<Runnable> queued = new ArrayList<>();
        Conclave slow = store.connect(Conclave.builder(store.url()).executor(queued::add));
        List<String> heard = new ArrayList<>();
        Registration registration = SharedValue.of(slow, PATH, Codec.utf8())
                .addListener(now -> heard.add(now.map(VersionedValue::value).orElse("none")));
        for (int i = 0; i < 5_000; i++) {
            rivals.set("v" + i);
        }
        assertThat(heard).isEmpty();
        for (int i = 0; i < queued.size(); i++) {
            queued.get(i).run();
        }
        assertThat(heard).containsExactly("v4999");
        registration.close();
        int watches = store.faults().runningWatches();
        rivals.set("later");
        assertThat(heard).containsExactly("v4999");
        assertThat(watches).isEqualTo(3); // those of the epoch
    }

    @Test
    void whatTheCodecCannotReadIsToldAndNotPassedOn() throws Exception {
        List<String> heard = heardBy(mine);
        two.nodes().set(PATH, new byte[] {-1});
        assertThatThrownBy(mine::get).isInstanceOf(UnreadableDataException.class);
        assertThat(heard).containsExactly("none");
        rivals.set("good"); // overwrites it
        assertThat(heard).containsExactly("none", "good");
        assertThatThrownBy(() -> mine.trySet(-1, "x")).isInstanceOf(IllegalArgumentException.class);
    }

    private <T> T withLostReply(Callable<T> call, Callable<?> rival) throws Exception {
        store.faults(one).onCommit(any -> true, 1, Fault.DROP_REPLY_AND_STAY_CUT);
        CompletableFuture<T> result = store.background(call);
        TestStore.eventually("the reply is lost", () -> one.state() == SessionState.SUSPENDED);
        rival.call();
        store.faults(one).heal();
        TestStore.eventually("the call has ended", () -> {
            store.advanceMillis(1);
            return result.isDone();
        });
        return result.get();
    }

    @Test
    void aTrySetWhoseReplyIsLostReportsItsOwnSuccessAndVersion() throws Exception {
        VersionedValue<String> now = mine.set("start");
        for (int i = 0; i < TIMES; i++) {
            int number = i;
            long version = now.version();
            Callable<?> rival = i % 2 == 1
                    ? () -> 0
                    : i % 4 == 0
                            ? () -> rivals.set("rival" + number)
                            : () -> two.nodes().delete(PATH);
            Optional<VersionedValue<String>> told = withLostReply(() -> mine.trySet(version, "v" + number), rival);
            assertThat(told).as("round %d", i).isPresent();
            assertThat(told.get().version()).isGreaterThan(version);
            if (i % 2 == 1) {
                assertThat(rivals.get()).isEqualTo(told);
            } else {
                assertThat(rivals.get().map(VersionedValue::value))
                        .isEqualTo(i % 4 == 0 ? Optional.of("rival" + i) : Optional.empty());
            }
            now = mine.set("next");
        }
    }
}
