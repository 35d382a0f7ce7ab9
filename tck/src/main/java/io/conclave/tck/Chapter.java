package io.conclave.tck;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The checks of one chapter of {@code docs/spec.md}. */
final class Chapter {
    private final String title;
    private final List<RuleCheck> checks = new ArrayList<>();

    Chapter(String title) {
        this.title = title;
    }

    /** All chapters in the order of the document. */
    static List<Chapter> all() {
        return List.of(
                SessionRules.chapter(),
                SessionEndRules.chapter(),
                NodeRules.chapter(),
                NodeLimitRules.chapter(),
                OrderRules.chapter(),
                CommitRules.chapter(),
                OutcomeRules.chapter(),
                WithdrawRules.chapter(),
                ReadRules.chapter(),
                WatchRules.chapter(),
                WatchLifeRules.chapter(),
                FencingRules.chapter(),
                TimeRules.chapter(),
                ThreadRules.chapter());
    }

    Chapter check(String number, String name, Consumer<Lab> body) {
        checks.add(new RuleCheck(number, name, body));
        return this;
    }

    String title() {
        return title;
    }

    List<RuleCheck> checks() {
        return List.copyOf(checks);
    }
}
