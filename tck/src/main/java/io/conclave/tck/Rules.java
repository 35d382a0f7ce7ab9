package io.conclave.tck;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The numbered rules of {@code docs/spec.md}, in short. */
final class Rules {
    /** Rules that no test from outside can show. */
    static final Set<String> UNTESTABLE = Set.of("T6");

    private static final Map<String, String> TEXTS = new LinkedHashMap<>();

    static {
        sessions();
        nodes();
        order();
        commits();
        reads();
        watches();
        theRest();
    }

    private Rules() {}

    /** The rule in one sentence. */
    static String text(String number) {
        String text = TEXTS.get(number);
        if (text == null) {
            throw new IllegalArgumentException("there is no rule " + number);
        }
        return text;
    }

    /** All numbers in the order of the document. */
    static Set<String> numbers() {
        return TEXTS.keySet();
    }

    private static void rule(String number, String text) {
        if (TEXTS.put(number, text) != null) {
            throw new IllegalStateException("rule " + number + " is listed twice");
        }
    }

    private static void sessions() {
        rule("S1", "a session's id is never reused; its incarnation is the one asked for");
        rule("S2", "the time-out is the asked one, rounded up to what the store grants");
        rule("S3", "session states follow their order, and the listener hears each change once");
        rule("S4", "when the store ends a session, all its ephemeral nodes are gone at one revision, for ever");
        rule("S5", "a client that is cut off reports SUSPENDED, DOUBTFUL and LOST in time by itself");
        rule("S6", "a cut of less than half the time-out leaves the session and its nodes in place");
        rule("S7", "closing completes when the ephemeral nodes are gone, is idempotent and ends all operations");
        rule("S8", "operations of a lost session fail with SessionLostException and tell truly what was applied");
        rule("S9", "the end of one session touches nothing of another");
    }

    private static void nodes() {
        rule("N1", "paths are compared exactly");
        rule("N2", "every path that NodePath accepts works; the reserved directory is not listed");
        rule("N3", "directories are implicit and read as absent");
        rule("N4", "a node keeps exactly its bytes, also none");
        rule("N5", "deleting a node leaves its children");
        rule("N6", "put and delete need the node; only the owner puts to an ephemeral node, anybody deletes it");
        rule("N7", "the created revision is that of the making commit, for every reader and the node's whole life");
        rule("N8", "the version is not negative and grows with each put");
        rule("N9", "ephemeral nodes have no children");
        rule("N10", "sizes up to the limits are taken, more is refused before sending");
        rule("N11", "a directory of ephemeral sequential nodes takes a value or refuses it cleanly");
        rule("N12", "a node that is read tells the revision of its last write, and no two writes of a path share one");
    }

    private static void order() {
        rule("O1", "revisions are positive and strictly increase over all commits of the namespace");
        rule("O2", "sequential nodes of a directory are listed in the order of their commits");
        rule("O3", "at most one sequential create per directory and commit");
        rule("O4", "sameOrderAs gives the place of another node, with nobody between, while that node lives");
        rule("O5", "the order survives the wrap of the number and an emptied directory");
        rule("O6", "an operation called after another's completion is applied after it");
        rule("O7", "names of sequential nodes never come again but where the create allows it, to its own session");
        rule("O8", "names that do not parse are listed and never contend");
    }

    private static void commits() {
        rule("C1", "all guards hold or nothing is written, and the first that failed is named");
        rule("C2", "writes take effect together and in sequence, or one refuses them all");
        rule("C3", "readers see all writes of a commit or none");
        rule("C4", "a commit called again after an unknown outcome has one effect and tells the first result");
        rule("C5", "a request that is still on its way never contradicts an answer given meanwhile");
        rule("C6", "withdraw tells the truth, for ever");
        rule("C7", "the reads that follow see their commit, or the state that refused it");
        rule("C8", "created lists every create in order; recovered and gone, by its stem");
        rule("C9", "the reads that follow are all answered or none, and never hide a known outcome");
        rule("C10", "a deadline that has passed sends nothing; one that passes later leaves the outcome unknown");
    }

    private static void reads() {
        rule("R1", "a linearizable read includes every commit that was acknowledged before");
        rule("R2", "a session reads its own writes and never goes back");
        rule("R3", "views come in order of their queries, limited and marked as asked");
        rule("R4", "a subtree is complete to its depth, ordered and paged without overlap");
        rule("R5", "a directory sees nothing of its namesakes, a namespace nothing of another");
    }

    private static void watches() {
        rule("W1", "every change after activation, or after the named revision, is told");
        rule("W2", "a watch for the end of an absent node tells it at once");
        rule("W3", "told revisions never decrease, and a read after an event sees it");
        rule("W4", "a watch survives a cut and tells that something may have been missed");
        rule("W5", "no call after cancel; onEnd is the last; own changes are told too");
        rule("W6", "no reply overtakes the event that leads to it");
        rule("W7", "with exact history every change is told once and in order");
        rule("W8", "a slow listener delays only its own session");
        rule("W9", "a watch for touches tells every making, put and removal as one kind");
    }

    private static void theRest() {
        rule("F1", "a guard on presence and created revision holds exactly as long as the node lives");
        rule("F2", "created revisions of later contenders are larger, whatever ended or restarted between");
        rule("F3", "a store that starts from nothing begins above its earlier life");
        rule("T1", "belief counts from the send of a renewal, never decreases and never outlives the session");
        rule("T2", "a cut freezes belief, which passes within one time-out");
        rule("T3", "keepFresh keeps belief ahead of now; without it a commit renews it");
        rule("T4", "every stage completes by its deadline");
        rule("T5", "nothing but the Timekeeper tells time");
        rule("T6", "the wall clock decides nothing");
        rule("H1", "no method blocks; completions and listener calls of a session come one at a time");
        rule("H2", "a listener that throws disturbs nobody");
    }
}
