package io.conclave.histories;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One operation of a history.
 *
 * @param client who called it; for people, no model looks at it
 * @param key the object that it was done to: objects are judged each for itself
 * @param verb what was done, as the model calls it
 * @param arguments with what
 * @param call when it was called: nanoseconds of a monotonic clock that all operations of the history share
 * @param returned when the answer was there; {@link #NEVER} if the outcome is unknown
 * @param outcome what the caller knows
 * @param result what it was told, if that is more than that it was done; none unless the outcome is OK
 */
public record Operation(
        String client,
        String key,
        String verb,
        List<String> arguments,
        long call,
        long returned,
        Outcome outcome,
        @Nullable String result) {

    /** The return of an operation without an answer. */
    public static final long NEVER = Long.MAX_VALUE;

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if it returned before it was called, an unknown one returned, or one that is not OK has a result
     */
    public Operation {
        Objects.requireNonNull(client, "client");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(verb, "verb");
        Objects.requireNonNull(outcome, "outcome");
        arguments = List.copyOf(arguments);
        if (returned < call) {
            throw new IllegalArgumentException(
                    verb + " of " + client + " returned at " + returned + ", before its call at " + call);
        }
        if ((outcome == Outcome.UNKNOWN) != (returned == NEVER)) {
            throw new IllegalArgumentException(
                    verb + " of " + client + ": an operation of unknown outcome, and no other, returns never");
        }
        if (outcome != Outcome.OK && result != null) {
            throw new IllegalArgumentException(
                    verb + " of " + client + " has the outcome " + outcome + " and the result " + result);
        }
    }

    /** One that was done and told no more than that. */
    public static Operation ok(
            String client, String key, String verb, List<String> arguments, long call, long returned) {
        return new Operation(client, key, verb, arguments, call, returned, Outcome.OK, null);
    }

    /** One that was done and had a result. */
    public static Operation ok(
            String client, String key, String verb, List<String> arguments, long call, long returned, String result) {
        return new Operation(client, key, verb, arguments, call, returned, Outcome.OK, result);
    }

    /** One that was not done. */
    public static Operation fail(
            String client, String key, String verb, List<String> arguments, long call, long returned) {
        return new Operation(client, key, verb, arguments, call, returned, Outcome.FAIL, null);
    }

    /** One that may have been done. */
    public static Operation unknown(String client, String key, String verb, List<String> arguments, long call) {
        return new Operation(client, key, verb, arguments, call, NEVER, Outcome.UNKNOWN, null);
    }

    /** The same operation with its answer still to come: what was known of it before it returned. */
    Operation pending() {
        return unknown(client, key, verb, arguments, call);
    }

    /** Without the times: {@code w1: acquire(h1) → 42}. */
    String what() {
        String answer = switch (outcome) {
            case OK -> result == null ? "ok" : result;
            case FAIL -> "failed";
            case UNKNOWN -> "?";
        };
        return client + ": " + verb + "(" + String.join(", ", arguments) + ") → " + answer;
    }

    /** For people: with times in milliseconds since {@code origin}. */
    String toString(long origin) {
        String end = returned == NEVER ? "…" : millis(returned - origin);
        return "[" + millis(call - origin) + ", " + end + "] " + what();
    }

    private static String millis(long nanos) {
        return String.format(Locale.ROOT, "%.3f", nanos / 1e6);
    }

    @Override
    public String toString() {
        return key + " " + toString(0);
    }
}
