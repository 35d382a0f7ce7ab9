package io.conclave.tck;

import java.util.Set;

/** The ways in which the reference backend can be broken: the rule that each breaks, and the rules that fall with it. */
enum Bug {
    NONE(""),
    SESSION_ID_REUSED("S1"),
    INCARNATION_FORGOTTEN("S1"),
    TTL_NOT_ROUNDED("S2"),
    CLOSED_AFTER_LOST("S3"),
    CLOSED_TOLD_TWICE("S3"),
    EPHEMERALS_ONE_BY_ONE("S4"),
    EPHEMERALS_COME_BACK("S4"),
    NEVER_DOUBTFUL("S5"),
    NEVER_LOST_BY_ITSELF("S5", "T5"),
    LOST_BY_SHORT_CUT("S6", "W4"),
    CLOSE_ANSWERS_EARLY("S7"),
    CLOSED_STILL_WORKS("S7"),
    LOSS_DENIES_WRITES("S8"),
    LOST_STILL_READS("S8"),
    SIBLINGS_END_TOO("S9"),
    CASE_INSENSITIVE("N1"),
    RESERVED_LISTED("N2"),
    DIRECTORY_GUARD_PRESENT("N3"),
    DIRECTORY_BLOCKS_CREATE("N3", "N5", "N11", "R4", "W1"),
    EMPTY_PUT_IGNORED("N4"),
    DELETE_TAKES_CHILDREN("N5"),
    PUT_CREATES("N6"),
    DELETE_OF_NOTHING("N6"),
    FOREIGN_PUT("N6"),
    CREATED_REVISION_MOVES("N7"),
    VERSION_STANDS_STILL("N8"),
    CHILDREN_OF_EPHEMERALS("N9"),
    NO_SIZE_CHECK("N10"),
    LIMIT_OFF_BY_ONE("N10"),
    NO_COUNT_CHECK("N10"),
    VALUE_REMOVES_CONTENDERS("N11"),
    REVISION_REPEATS("O1"),
    ORDER_BY_NAME("O2"),
    FIRST_IS_LAST("O2"),
    SECOND_CONTENDER_HIDDEN("O3"),
    SAME_ORDER_IGNORED("O4"),
    SAME_ORDER_AS_NOTHING("O4"),
    ORDER_BY_SIGNED_NUMBER("O5"),
    LATER_PUT_OVERTAKES("O6"),
    NAMES_WITHOUT_ID("O7"),
    STRANGERS_CONTEND("O8"),
    THIRD_GUARD_IGNORED("C1"),
    LAST_GUARD_NAMED("C1"),
    PARTIAL_COMMIT("C2"),
    WRITE_INDEX_WITHOUT_GUARDS("C2"),
    TORN_READS("C3"),
    RETRY_APPLIES_AGAIN("C4"),
    FORGETS_AFTER_RETRY("C5"),
    WITHDRAW_FORGETS("C6"),
    UNDONE_STAYS("C6"),
    APPLIED_CALLED_NEVER("C6"),
    READS_BEFORE_WRITES("C7"),
    CREATED_REVERSED("C8"),
    GONE_TOLD_IN_FULL("C8"),
    PARTIAL_READS("C9"),
    SENDS_AFTER_DEADLINE("C10"),
    UNSENT_THOUGH_APPLIED("C10"),
    STALE_LINEARIZABLE("R1", "R2"),
    STALE_OWN_READS("R2"),
    LIMIT_KEEPS_FARTHEST("R3"),
    VIEWS_REVERSED("R3"),
    LISTINGS_TELL_VERSIONS("R3"),
    PAGES_OVERLAP("R4"),
    DEPTH_FIRST("R4"),
    NAMESAKES_LISTED("R5"),
    NAMESAKES_WATCHED("R5"),
    DEEP_EVENT_LOST("W1"),
    WATCH_TIRES("W1", "W8"),
    AFTER_REVISION_IGNORED("W1"),
    GONE_NOT_TOLD("W2"),
    WATCH_REVISION_DECREASES("W3"),
    NO_RESYNC("W4"),
    WATCH_DIES_BY_CUT("W4"),
    EVENTS_AFTER_CANCEL("W5"),
    NO_END_TOLD("W5"),
    REPLY_OVERTAKES_EVENT("W6"),
    EVENTS_TOLD_TWICE("W7"),
    FLOOD_DROPS_EVENTS("W8"),
    GUARD_AT_LEAST("F1"),
    RESTART_FORGETS_REVISION("F2"),
    NOTHING_BEGINS_AT_ONE("F3"),
    BELIEF_FROM_RECEIPT("T1"),
    BELIEF_DECREASES("T1"),
    STORE_ENDS_EARLY("T1"),
    BELIEF_WITHOUT_ANSWER("T2", "T1", "S5", "T5", "W4"),
    COMMIT_DOES_NOT_RENEW("T3"),
    KEEP_FRESH_IGNORED("T3", "T1"),
    READ_WITHOUT_DEADLINE("T4"),
    ANOTHER_TIMEKEEPER("T5"),
    COMMIT_BLOCKS("H1"),
    COMPLETIONS_OVERLAP("H1"),
    THROWING_LISTENER_UNSET("H2");

    private final String rule;
    private final String also;

    Bug(String rule, String... also) {
        this.rule = rule;
        this.also = String.join(" ", also);
    }

    String rule() {
        return rule;
    }

    /** Rules whose checks cannot work on a backend with this bug. */
    Set<String> also() {
        return also.isEmpty() ? Set.of() : Set.of(also.split(" ", -1));
    }
}
