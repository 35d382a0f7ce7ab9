package io.conclave.histories;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the answers of a fenced lock must show without any search, in time n log n: tokens are unique, and in their order each grant was over before the next had been told to its holder. A
 * history of any length can be checked by it; it sees less than {@link LinearizabilityChecker} (which a {@code tryAcquire} that is refused without a reason shows) and takes the operations of
 * {@link Models#fencedLock()}.
 */
public final class TokenCheck {
    private static final Comparator<Hold> BY_TOKEN = Comparator.comparingLong(Hold::token);

    private TokenCheck() {}

    /** A grant: told at {@code granted.returned()}, and surely still there at {@code surely}, when {@code proof} was called. */
    private record Hold(Operation granted, long token, long surely, Operation proof) {
        Hold provenBy(Operation later) {
            return later.call() > surely ? new Hold(granted, token, later.call(), later) : this;
        }
    }

    /**
     * Checks all locks of the history, until one is found broken.
     *
     * @throws IllegalArgumentException if an operation is none of a fenced lock's, or a holder is granted twice
     */
    public static Verdict check(History history) {
        for (Map.Entry<String, History> part : history.byKey().entrySet()) {
            Verdict.Violation found = check(part.getKey(), part.getValue());
            if (found != null) {
                return found;
            }
        }
        return new Verdict.Ok(history.size(), 0);
    }

    private static Verdict.@Nullable Violation check(String key, History history) {
        List<Hold> holds = new ArrayList<>(holds(history).values());
        holds.sort(BY_TOKEN);
        @Nullable Hold longest = null;
        for (int i = 0; i < holds.size(); i++) {
            Hold hold = holds.get(i);
            if (i > 0 && holds.get(i - 1).token() == hold.token()) {
                return violation(
                        key,
                        history.origin(),
                        "the same token twice",
                        holds.get(i - 1).granted(),
                        hold.granted());
            }
            if (longest != null && longest.surely() > hold.granted().returned()) {
                String what = longest.proof().equals(longest.granted())
                        ? "the larger token was told before the smaller one was asked for"
                        : "the larger token was told before the holder of the smaller one was through";
                return violation(key, history.origin(), what, longest.granted(), longest.proof(), hold.granted());
            }
            if (longest == null || hold.surely() > longest.surely()) {
                longest = hold;
            }
        }
        return null;
    }

    private static Map<String, Hold> holds(History history) {
        Model<LockState> model = Models.fencedLock();
        Map<String, Hold> holds = new HashMap<>();
        for (Operation operation : history.operations()) {
            model.step(operation); // refuses what is none of a lock's
            if (operation.outcome() == Outcome.OK && isGrant(operation)) {
                long token = Arguments.number(operation, operation.result());
                // Held at its return for an instant at least: whoever asks for the lock after that comes later.
                Hold hold = new Hold(operation, token, operation.call(), operation);
                if (holds.put(operation.arguments().get(0), hold) != null) {
                    throw new IllegalArgumentException(operation + ": this holder was granted before");
                }
            }
        }
        for (Operation operation : history.operations()) {
            if (operation.outcome() != Outcome.FAIL && provesHolding(operation)) {
                holds.computeIfPresent(operation.arguments().get(0), (holder, hold) -> hold.provenBy(operation));
            }
        }
        return holds;
    }

    private static boolean isGrant(Operation operation) {
        return operation.verb().equals("acquire")
                || (operation.verb().equals("tryAcquire") && !"false".equals(operation.result()));
    }

    /** A release that was answered, or a holding that was, was called while the lock was held. */
    private static boolean provesHolding(Operation operation) {
        return operation.outcome() == Outcome.OK
                && (operation.verb().equals("release")
                        || (operation.verb().equals("holds") && "true".equals(operation.result())));
    }

    private static Verdict.Violation violation(String key, long origin, String what, Operation... operations) {
        StringBuilder text = new StringBuilder("tokens of " + key + ": " + what + " (times in ms)");
        List<Operation> distinct = List.of(operations).stream().distinct().toList();
        distinct.forEach(operation -> text.append("\n  ").append(operation.toString(origin)));
        return new Verdict.Violation("tokens", key, distinct, text.toString());
    }
}
