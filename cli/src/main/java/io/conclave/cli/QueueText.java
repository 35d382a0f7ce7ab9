package io.conclave.cli;

import io.conclave.Contender;
import io.conclave.QueueView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Holders and waiters of a path, for people and for programs.
 *
 * @param path the path
 * @param view who is there
 */
record QueueText(String path, QueueView view) {
    String table() {
        if (view.contenders().isEmpty()) {
            return "nobody holds or awaits " + path;
        }
        StringBuilder table =
                new StringBuilder(String.format("%-7s %-10s %-20s %-24s %s", "", "OF", "TOKEN", "SINCE", "OWNER"));
        for (Contender contender : view.contenders()) {
            table.append(String.format(
                    "%n%-7s %-10s %-20s %-24s %s",
                    contender.holding() ? "holder" : "waiter",
                    contender.kind(),
                    tokenOr(contender.fencingToken(), "-"),
                    contender.queuedSince().map(Instant::toString).orElse("-"),
                    contender.owner()));
        }
        return table.toString();
    }

    Output.Document document() {
        return Output.document()
                .with("path", path)
                .with("holder", view.holder().map(QueueText::json).orElse(null))
                .with("holders", json(view.holders()))
                .with("waiters", json(view.waiters()));
    }

    private static List<Map<String, @Nullable Object>> json(List<Contender> contenders) {
        return contenders.stream().map(QueueText::json).toList();
    }

    private static Map<String, @Nullable Object> json(Contender contender) {
        return Output.document()
                .with("owner", contender.owner())
                .with("position", contender.position())
                .with("of", contender.kind())
                .with("token", tokenOr(contender.fencingToken(), null))
                .with(
                        "queuedSince",
                        contender.queuedSince().map(Instant::toString).orElse(null))
                .with("node", contender.node())
                .fields();
    }

    private static @Nullable String tokenOr(OptionalLong token, @Nullable String absent) {
        return token.isPresent() ? Long.toString(token.getAsLong()) : absent;
    }
}
