package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The answers to some queries while they are gathered, in as many rounds as it takes; the rounds after the first see the state of the first. */
final class Reading {
    private final List<Query> queries;
    private final List<Answer> answers = new ArrayList<>();
    private final List<Answer> asked = new ArrayList<>();
    private final List<Integer> parts = new ArrayList<>();
    private final Function<NodePath, Optional<ByteString>> made;
    private long revision;

    /**
     * Starts reading.
     *
     * @param made the keys of the sequential nodes that the commit makes, by directory
     */
    Reading(List<Query> queries, Keys keys, Function<NodePath, Optional<ByteString>> made) {
        this.queries = queries;
        this.made = made;
        for (Query query : queries) {
            answers.add(Answer.to(query, keys, made.apply(query.place()).map(key -> new Answer.Own(key, 0))));
        }
    }

    static Reading of(List<Query> queries, Keys keys) {
        return new Reading(queries, keys, directory -> Optional.empty());
    }

    /** The commit was applied at that revision. Before its answers are taken. */
    void applied(long commitRevision) {
        for (int i = 0; i < answers.size(); i++) {
            answers.get(i)
                    .own(made.apply(queries.get(i).place())
                            .map(key -> new Answer.Own(key, place(key, commitRevision))));
        }
    }

    private static long place(ByteString key, long commitRevision) {
        String text = key.toStringUtf8();
        return Names.parse(text.substring(text.lastIndexOf('/') + 1))
                .map(name -> name.place(commitRevision))
                .orElse(commitRevision);
    }

    /** The commit was refused: nothing was made. */
    void refused() {
        answers.forEach(answer -> answer.own(Optional.empty()));
    }

    /** What to ask for next, as much as fits. */
    List<RangeRequest> ask(int most) {
        asked.clear();
        parts.clear();
        List<RangeRequest> all = new ArrayList<>();
        for (Answer answer : answers) {
            List<RangeRequest> ranges = answer.ask();
            if (ranges.isEmpty()) {
                continue;
            }
            if (all.size() + ranges.size() > most) {
                break;
            }
            asked.add(answer);
            parts.add(ranges.size());
            for (RangeRequest range : ranges) {
                all.add(
                        revision == 0
                                ? range
                                : range.toBuilder().setRevision(revision).build());
            }
        }
        return all;
    }

    /** The answers to what was asked for last. */
    void take(List<RangeResponse> responses, long atRevision) {
        if (revision == 0) {
            revision = atRevision;
        }
        int next = 0;
        for (int i = 0; i < asked.size(); i++) {
            asked.get(i).take(responses.subList(next, next + parts.get(i)));
            next += parts.get(i);
        }
    }

    boolean isComplete() {
        for (Answer answer : answers) {
            if (!answer.ask().isEmpty()) {
                return false;
            }
        }
        return true;
    }

    List<View> views() {
        return answers.stream().map(Answer::view).toList();
    }
}
