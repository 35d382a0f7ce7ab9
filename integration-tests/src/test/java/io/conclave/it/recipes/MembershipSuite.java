package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.membership.GroupMembership;
import io.conclave.membership.Member;
import io.conclave.membership.MembershipListener;
import io.conclave.membership.PersistentNode;
import io.conclave.membership.PersistentNodeListener;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link GroupMembership} and {@link PersistentNode} do on every store. */
abstract class MembershipSuite extends RecipeSuite {
    private static final String GROUP = "/groups/workers";

    private Conclave one;
    private Conclave two;

    MembershipSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> names(GroupMembership group) {
        return group.members().stream().map(Member::name).toList();
    }

    private static String data(GroupMembership group, String name) {
        return group.member(name).orElseThrow().data().asUtf8();
    }

    private List<Node> below(String directory) throws Exception {
        return world.nodes().stream()
                .filter(node -> node.path().toString().startsWith(directory + "/"))
                .toList();
    }

    /** Hears everything, as text. */
    private static final class Heard implements MembershipListener {
        private final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public void onJoined(Member member) {
            calls.add("+" + member.name());
        }

        @Override
        public void onLeft(Member member) {
            calls.add("-" + member.name());
        }

        @Override
        public void onChanged(Member before, Member now) {
            calls.add(before.data().asUtf8() + ">" + now.data().asUtf8());
        }

        @Override
        public void onNameTaken(String session) {
            calls.add("taken");
        }
    }

    @Test // G1, G2, G3
    void membersSeeEachOtherAndOneThatLeavesIsGoneAtOnce() throws Exception {
        GroupMembership ada = GroupMembership.join(one, GROUP, "ada", bytes("1"));
        GroupMembership ben = GroupMembership.join(two, GROUP, "ben/ä%", bytes("2"));
        GroupMembership onlooker = GroupMembership.observe(two, GROUP);
        Heard heard = new Heard();
        onlooker.addListener(heard);
        for (GroupMembership group : List.of(ada, ben, onlooker)) {
            world.await("all see both", () -> names(group).equals(List.of("ada", "ben/ä%")));
        }
        assertThat(data(onlooker, "ada")).isEqualTo("1");
        world.get(ada.setData(bytes("3")));
        world.await("the change is seen", () -> data(onlooker, "ada").equals("3"));

        world.get(ada.closeAsync());

        assertThat(below(GROUP)).hasSize(1);
        world.await("all see it", () -> names(onlooker).equals(List.of("ben/ä%")) && heard.calls.contains("-ada"));
        assertThat(heard.calls).containsSubsequence("+ada", "1>3", "-ada").contains("+ben/ä%");
        assertThat(ada.isMember()).isFalse();
        world.get(ben.closeAsync());
        world.await("nothing is left", () -> below(GROUP).isEmpty());
    }

    @Test // G4: re-joined after session loss without a duplicate
    void aMemberWhoseSessionEndsJoinsAgainAndNeverStandsTwice() throws Exception {
        GroupMembership ada = GroupMembership.join(one, GROUP, "ada", bytes("1"));
        GroupMembership onlooker = GroupMembership.observe(two, GROUP);
        Heard heard = new Heard();
        onlooker.addListener(heard);
        world.await("it is there", () -> names(onlooker).equals(List.of("ada")) && ada.isMember());
        for (int round = 0; round < 2; round++) {
            String before = onlooker.member("ada").orElseThrow().session();
            world.expire(one);
            world.await(
                    "it is there again with another session",
                    () -> onlooker.member("ada")
                                    .map(Member::session)
                                    .filter(now -> !now.equals(before))
                                    .isPresent()
                            && ada.isMember());
            assertThat(below(GROUP)).hasSize(1);
        }
        world.await("all was told", () -> heard.calls.size() == 5);
        assertThat(heard.calls).containsExactly("+ada", "-ada", "+ada", "-ada", "+ada");
    }

    @Test // T38, G5
    void ofTwoMembersWithOneNameTheSecondIsToldAndJoinsWhenTheFirstHasLeft() throws Exception {
        GroupMembership first = GroupMembership.join(one, GROUP, "ada", bytes("first"));
        world.await("the first is there", first::isMember);
        Heard heard = new Heard();
        GroupMembership second = GroupMembership.join(two, GROUP, "ada", new byte[0]);
        second.addListener(heard);

        world.await("the second is told", () -> heard.calls.contains("taken"));
        assertThat(second.isMember()).isFalse();
        assertThat(below(GROUP)).hasSize(1);
        world.get(first.closeAsync());

        world.await("the second has joined", second::isMember);
        world.await("it is seen", () -> data(second, "ada").isEmpty());
        assertThat(below(GROUP)).hasSize(1);
    }

    @Test // T38: the first one's session dies
    void aNameIsFreeWhenItsSessionHasEnded() throws Exception {
        PersistentNode first = PersistentNode.of(one, "/nodes/a", bytes("first"));
        world.await("the first stands", first::isPresent);
        PersistentNode second = PersistentNode.of(two, "/nodes/a", bytes("second"));
        world.pass(java.time.Duration.ofMillis(200));
        assertThat(second.isPresent()).isFalse();

        world.cut(one);

        world.await("the second stands", second::isPresent);
        assertThat(below("/nodes"))
                .singleElement()
                .extracting(node -> node.data().asUtf8())
                .isEqualTo("second");
        world.heal(one);
        world.get(second.closeAsync());
        world.await(
                "the first stands again",
                () -> below("/nodes").get(0).data().asUtf8().equals("first") && first.isPresent());
        assertThat(below("/nodes")).hasSize(1);
    }

    @Test // P2, P3
    void aNodeComesBackWhenSomebodyDeletesItAndKeepsTheDataThatWasSetMeanwhile() throws Exception {
        PersistentNode node = PersistentNode.of(one, "/nodes/a", bytes("1"));
        List<String> heard = new CopyOnWriteArrayList<>();
        node.addListener(new PersistentNodeListener() {
            @Override
            public void onPresent() {
                heard.add("present");
            }

            @Override
            public void onAbsent() {
                heard.add("absent");
            }
        });
        world.await("it stands", node::isPresent);
        long made = below("/nodes").get(0).createdRevision().orElse(0);

        assertThat(world.get(world.background(() -> two.nodes().delete("/nodes/a"))))
                .isTrue();

        world.await(
                "it stands again",
                () -> node.isPresent()
                        && below("/nodes").size() == 1
                        && below("/nodes").get(0).createdRevision().orElse(0) > made);
        world.cut(one);
        CompletableFuture<Void> put = node.setData(bytes("2")).toCompletableFuture();
        world.pass(java.time.Duration.ofMillis(100));
        world.heal(one);
        world.get(put);
        assertThat(below("/nodes"))
                .singleElement()
                .extracting(found -> found.data().asUtf8())
                .isEqualTo("2");
        world.await("it was told", () -> heard.size() >= 3);
        assertThat(heard).containsSubsequence("present", "absent", "present");
    }

    @Test // P4, T35: close while the create is in flight, its reply lost
    void aCloseWhileTheNodeIsBeingMadeLeavesNothing() throws Exception {
        CompletableFuture<?> applied = world.loseNextReply(one, path -> path.equals("/nodes/a"), true);
        PersistentNode node = PersistentNode.of(one, "/nodes/a", bytes("1"));
        world.get(applied);
        CompletableFuture<Void> closed = node.closeAsync().toCompletableFuture();
        assertThat(closed).isNotDone();

        world.heal(one);

        world.get(closed);
        assertThat(below("/nodes")).isEmpty();
        assertThatThrownBy(() -> world.get(node.setData(bytes("2")))).isInstanceOf(IllegalStateException.class);
        PersistentNode another = PersistentNode.of(one, "/nodes/b", bytes("1"));
        world.get(another.closeAsync());
        world.pass(java.time.Duration.ofMillis(100));
        assertThat(below("/nodes")).isEmpty();
    }

    @Test // T35: owner change of the same path; another's node is left alone
    void anothersNodeIsLeftAloneByClose() throws Exception {
        world.get(world.background(() -> two.nodes().create("/nodes/a", bytes("theirs"), CreateMode.PERSISTENT)));
        List<String> told = new CopyOnWriteArrayList<>();
        PersistentNode node = PersistentNode.of(one, "/nodes/a", bytes("mine"));
        node.addListener(new PersistentNodeListener() {
            @Override
            public void onOccupied(String session) {
                told.add(session);
            }
        });
        world.await("it was told", () -> told.equals(List.of("")));
        world.get(node.closeAsync());
        assertThat(below("/nodes"))
                .singleElement()
                .extracting(found -> found.data().asUtf8())
                .isEqualTo("theirs");
    }

    @Test // P1: a lost reply to the create
    void aLostReplyMakesOneNode() throws Exception {
        CompletableFuture<?> applied = world.loseNextReply(one, path -> path.equals(GROUP + "/ada"), false);
        GroupMembership ada = GroupMembership.join(one, GROUP, "ada", bytes("1"));
        world.get(applied);
        world.await("it is a member", ada::isMember);
        assertThat(below(GROUP)).hasSize(1);
        assertThat(names(ada)).containsExactly("ada");
    }
}
