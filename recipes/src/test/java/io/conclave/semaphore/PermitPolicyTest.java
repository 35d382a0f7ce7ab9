package io.conclave.semaphore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.internal.AdmissionPolicy.Admitted;
import io.conclave.internal.AdmissionPolicy.AfterWordFrom;
import io.conclave.internal.AdmissionPolicy.Line;
import io.conclave.internal.AdmissionPolicy.Refused;
import io.conclave.internal.AdmissionPolicy.Verdict;
import io.conclave.internal.AdmissionPolicy.WhenAnyLeaves;
import io.conclave.internal.PermitNames;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a contender of a semaphore does, by the names around it. */
class PermitPolicyTest {
    private static final NodePath PATH = NodePath.of("/permits/x");

    private int number;

    private Node node(String tag) {
        number++;
        String name =
                "_c_" + new OpId(7, number).toUuidText() + "-" + tag + String.format(Locale.ROOT, "%010d", number);
        return Node.listed(PATH.child(name), OptionalLong.of(number));
    }

    private Node claim(int wanted) {
        return node(PermitNames.contenderTag(wanted, 4));
    }

    private List<Node> claims(int... wanted) {
        List<Node> nodes = new ArrayList<>();
        for (int one : wanted) {
            nodes.add(claim(one));
        }
        return nodes;
    }

    private static Verdict judge(int wanted, List<Node> ahead, List<Node> behind) {
        return new PermitPolicy(wanted, 4).judge(new Line(ahead, behind, false));
    }

    /** SE1. */
    @Test
    void theSumDecides() {
        assertThat(judge(4, List.of(), List.of())).isEqualTo(new Admitted(false));
        assertThat(judge(1, claims(1, 2), List.of())).isEqualTo(new Admitted(false));
        assertThat(judge(2, claims(1, 2), List.of())).isInstanceOf(WhenAnyLeaves.class);
    }

    /** SE3: who is admitted tells those behind it, if there are any. */
    @Test
    void whoIsAdmittedTellsThoseBehind() {
        assertThat(judge(1, claims(1), claims(4))).isEqualTo(new Admitted(true));
        assertThat(judge(1, claims(1), List.of(node("4max4-limit-")))).isEqualTo(new Admitted(false));
    }

    /** SE2, SE3: the first that does not fit follows the directory, those behind it wait for its word. */
    @Test
    void onlyTheFirstWaiterFollowsTheDirectory() {
        assertThat(judge(1, claims(2, 2), List.of())).isInstanceOf(WhenAnyLeaves.class);
        List<Node> ahead = claims(2, 2, 1);
        assertThat(judge(1, ahead, List.of())).isEqualTo(new AfterWordFrom(ahead.get(2)));
        assertThat(judge(1, claims(3, 4), List.of())).isInstanceOf(AfterWordFrom.class);
    }

    /** SE4: a holder that was admitted under a larger limit never tells, so nobody waits for its word. */
    @Test
    void underALoweredLimitHoldersAreNotTakenForWaiters() {
        List<Node> ahead = claims(2, 2);
        ahead.add(node("1max4-limit-"));
        assertThat(judge(1, ahead, List.of())).isInstanceOf(WhenAnyLeaves.class);
        List<Node> waiterToo = claims(2, 2, 1);
        assertThat(judge(1, waiterToo, List.of(node("1max4-limit-")))).isEqualTo(new AfterWordFrom(waiterToo.get(2)));
        assertThat(judge(1, waiterToo, List.of(node("1max5-limit-")))).isInstanceOf(WhenAnyLeaves.class);
    }

    /** SE4: the last limit counts, wherever it stands, and the largest number ever. */
    @Test
    void theLastLimitCounts() {
        List<Node> limits = List.of(node("9max9-limit-"), node("3max4-limit-"));
        PermitNames names = PermitNames.of(limits);
        assertThat(names.limit().orElseThrow().permits()).isEqualTo(3);
        assertThat(names.limit().orElseThrow().most()).isEqualTo(9);
        assertThat(judge(3, limits, List.of())).isInstanceOf(Admitted.class);
        assertThat(judge(4, limits, List.of())).isInstanceOf(Refused.class);
    }

    /** SE5. */
    @Test
    void otherDeclarationsAreTold() {
        List<Node> other = List.of(node(PermitNames.contenderTag(1, 5)));
        assertThat(judge(1, other, List.of()))
                .isInstanceOfSatisfying(
                        Refused.class,
                        refused -> assertThat(refused.why())
                                .isInstanceOf(PermitsMismatchException.class)
                                .hasMessageContaining("4")
                                .hasMessageContaining("5"));
        assertThat(judge(1, List.of(), other))
                .as("the one that came later is told")
                .isInstanceOf(Admitted.class);
        assertThat(judge(1, other, List.of(node("2max5-limit-")))).isInstanceOf(Admitted.class);
    }

    @Test
    void namesOfOthersAreNobodys() {
        List<Node> strangers = new ArrayList<>();
        for (String name : List.of(
                "x-permits-0000000001",
                "_c_1of-permits-0000000001",
                "-99999999999of4-permits-0000000001",
                "-4000000000of4-permits-0000000001",
                "-1of4-permits-12x",
                "-3max3-limit-5",
                "lock-0000000004")) {
            strangers.add(Node.listed(PATH.child(name), OptionalLong.of(1)));
        }
        PermitNames names = PermitNames.of(strangers);
        assertThat(names.contenders()).isEmpty();
        assertThat(names.limit()).isEmpty();
        assertThat(names.inForce()).isEmpty();
        assertThat(PermitNames.of(List.of(Node.listed(PATH.child("_c_x-2of4-permits--2147483648"), OptionalLong.of(1))))
                        .wanted())
                .isEqualTo(2);
        assertThat(PermitNames.of(List.of(Node.listed(PATH.child("_c_x-2of4-permits-"), OptionalLong.of(1))))
                        .wanted())
                .as("on etcd names end with the tag")
                .isEqualTo(2);
    }

    @Test
    void theLargestNumbersFitIntoATag() {
        assertThat(PermitNames.contenderTag(Integer.MAX_VALUE, Integer.MAX_VALUE))
                .hasSizeLessThanOrEqualTo(32);
        assertThat(PermitNames.limitTag(Integer.MAX_VALUE, Integer.MAX_VALUE)).hasSizeLessThanOrEqualTo(32);
        List<Node> ahead = List.of(node(PermitNames.contenderTag(Integer.MAX_VALUE, Integer.MAX_VALUE)));
        assertThat(new PermitPolicy(Integer.MAX_VALUE, Integer.MAX_VALUE).judge(new Line(ahead, List.of(), false)))
                .as("sums do not overflow")
                .isInstanceOf(WhenAnyLeaves.class);
    }

    @Test
    void badNumbersAreRefusedBeforeAnythingIsSent() {
        try (io.conclave.TestStore store = new io.conclave.TestStore()) {
            io.conclave.Conclave conclave = store.connect();
            assertThatThrownBy(() -> DistributedSemaphore.of(conclave, "/p", 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("0 permits");
            DistributedSemaphore semaphore = DistributedSemaphore.of(conclave, "/p", 4);
            for (int count : new int[] {0, -1, 5}) {
                assertThatThrownBy(() -> semaphore.acquireAsync(count))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(count + " permits of /p");
            }
            assertThatThrownBy(() -> semaphore.resize(0)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> DistributedSemaphore.of(conclave, "p", 4))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
