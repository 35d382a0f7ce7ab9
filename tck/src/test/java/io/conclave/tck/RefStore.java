package io.conclave.tck;

import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** The server's side of the reference backend: namespaces, sessions with their de-duplication tables, watches. Runs inside the time's tasks. */
final class RefStore {
    /** What became of an operation id. */
    record Done(Commit commit, CommitResult result) {}

    /** One namespace. */
    static final class Space {
        Model model;
        int published;
        Runnable putOff;
        Member putOffBy;

        final List<RefWatch> watches = new ArrayList<>();

        Space(Model model) {
            this.model = model;
        }
    }

    /** One session as the store knows it. */
    static final class Member {
        final String id;
        final Space space;
        final Duration ttl;
        final RefLink link;
        final Map<OpId, Done> done = new HashMap<>();
        final Map<OpId, Withdrawal> withdrawn = new HashMap<>();
        long lastHeard;
        boolean ended;

        Member(String id, Space space, Duration ttl, RefLink link) {
            this.id = id;
            this.space = space;
            this.ttl = ttl;
            this.link = link;
        }
    }

    final ManualTime time = new ManualTime();
    final Bug bug;
    private final Map<String, Space> spaces = new HashMap<>();
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Deque<String> freeIds = new ArrayDeque<>();
    private long ids;
    private long highest = 100;

    RefStore(Bug bug) {
        this.bug = bug;
    }

    boolean is(Bug other) {
        return bug == other;
    }

    Space space(String name) {
        return spaces.computeIfAbsent(name, fresh -> new Space(new BuggyModel(bug, highest + 1)));
    }

    Member open(Space space, Duration asked, RefLink link) {
        boolean reuse = is(Bug.SESSION_ID_REUSED) && !freeIds.isEmpty();
        String id = reuse ? freeIds.pop() : "s" + ++ids;
        long millis = Math.max(10, (asked.toNanos() + 999_999) / 1_000_000);
        Duration ttl = is(Bug.TTL_NOT_ROUNDED) && millis > 10 ? asked : Duration.ofMillis(millis);
        Member member = new Member(id, space, ttl, link);
        members.put(id, member);
        member.lastHeard = time.nanoTime();
        scheduleExpiry(member);
        return member;
    }

    private void scheduleExpiry(Member member) {
        Duration keep = is(Bug.STORE_ENDS_EARLY) ? member.ttl.multipliedBy(6).dividedBy(10) : member.ttl.plusMillis(1);
        Duration silent = Duration.ofNanos(time.nanoTime() - member.lastHeard);
        if (member.ended) {
            return;
        }
        if (silent.compareTo(keep) >= 0) {
            expire(member);
        } else {
            time.schedule(() -> scheduleExpiry(member), keep.minus(silent));
        }
    }

    /** Ends a session because nothing was heard of it. */
    void expire(Member member) {
        end(member, is(Bug.EPHEMERALS_ONE_BY_ONE));
    }

    void close(Member member) {
        end(member, false);
    }

    private void end(Member member, boolean oneByOne) {
        flush(member.space);
        if (member.ended) {
            return;
        }
        member.ended = true;
        freeIds.add(member.id);
        if (oneByOne) {
            endOneByOne(member);
        } else {
            List<Item> owned = member.space.model.items().values().stream()
                    .filter(item -> item.owner().equals(member.id))
                    .toList();
            member.space.model.end(member.id);
            publish(member.space);
            if (is(Bug.EPHEMERALS_COME_BACK)) {
                time.schedule(() -> comeBack(member, owned), member.ttl.dividedBy(2));
            }
        }
        if (is(Bug.SIBLINGS_END_TOO)) {
            List.copyOf(members.values()).stream()
                    .filter(other -> other.link == member.link)
                    .forEach(this::close);
        }
    }

    private void comeBack(Member member, List<Item> owned) {
        Model.Draft draft = new Model.Draft(new TreeMap<>(member.space.model.items()));
        owned.forEach(item -> draft.items.put(item.path(), item));
        member.space.model.install(draft);
    }

    private void endOneByOne(Member member) {
        Model model = member.space.model;
        for (Item item : model.items().values()) {
            if (item.owner().equals(member.id)) {
                Model.Draft draft = new Model.Draft(new TreeMap<>(model.items()));
                model.remove(draft, item.path());
                model.install(draft);
                publish(member.space);
                time.schedule(() -> endOneByOne(member), Duration.ofMillis(30));
                return;
            }
        }
    }

    CommitResult commit(Member member, Commit commit) {
        if (member.withdrawn.containsKey(commit.opId())) {
            throw new InvalidRequestException("operation " + commit.opId() + " was withdrawn (rule C6)");
        }
        Done done = member.done.get(commit.opId());
        boolean sequential = commit.writes().stream().anyMatch(Write.CreateSequential.class::isInstance);
        if (done != null && (sequential || !is(Bug.RETRY_APPLIES_AGAIN))) {

            return recovered(member, done);
        }
        CommitResult result = member.space.model.commit(member.id, commit);
        member.done.put(commit.opId(), new Done(commit, result));
        publish(member.space);
        return result;
    }

    /** Acknowledges a put that is applied later: after the next one of its session, if that comes first. */
    CommitResult putOff(Member member, Commit commit) {
        Space space = member.space;
        if (space.putOff == null) {
            space.putOff = () -> commit(member, commit);
            space.putOffBy = member;
            time.schedule(() -> flush(space), RefLink.LATE);
        } else {
            commit(member, commit);
            flush(space);
        }
        return new CommitResult.Applied(OptionalLong.empty(), List.of(), List.of());
    }

    void flush(Space space) {
        Runnable late = space.putOff;
        space.putOff = null;
        if (late != null) {
            late.run();
        }
    }

    private CommitResult recovered(Member member, Done done) {
        if (!(done.result() instanceof CommitResult.Applied applied)) {
            return done.result();
        }
        List<Node> created = applied.created().stream()
                .map(node ->
                        node.sequence().isPresent() && member.space.model.item(node.path()) == null ? stem(node) : node)
                .toList();
        List<View> then = applied.then();
        if (is(Bug.PARTIAL_READS) && !then.isEmpty()) {
            then = then.subList(0, 1);
        }
        return new CommitResult.Applied(applied.revision(), created, then);
    }

    private Node stem(Node node) {
        if (is(Bug.GONE_TOLD_IN_FULL)) {
            return node;
        }
        String name = node.name().replaceAll("[0-9]+$", "");
        return new Node(
                node.path().parent().child(name),
                OptionalLong.empty(),
                node.createdRevision(),
                node.modifiedRevision(),
                0,
                "",
                Payload.empty());
    }

    Withdrawal withdraw(Member member, OpId id) {
        Withdrawal before = member.withdrawn.get(id);
        if (before != null) {
            return before;
        }
        Done done = member.done.get(id);
        Withdrawal found = Withdrawal.NEVER_APPLIED;
        if (done != null && done.result() instanceof CommitResult.Applied applied) {
            found = undo(member, done.commit(), applied) ? Withdrawal.UNDONE : Withdrawal.APPLIED;
        }
        if (is(Bug.APPLIED_CALLED_NEVER) && found == Withdrawal.APPLIED) {
            return Withdrawal.NEVER_APPLIED;
        }
        if (!is(Bug.WITHDRAW_FORGETS)) {
            member.withdrawn.put(id, found);
        }
        return found;
    }

    private boolean undo(Member member, Commit commit, CommitResult.Applied applied) {
        boolean contender = commit.writes().size() == 1
                && commit.writes().get(0) instanceof Write.CreateSequential create
                && create.mode().isEphemeral();
        if (contender && !is(Bug.UNDONE_STAYS)) {
            NodePath path = applied.created().get(0).path();
            Model model = member.space.model;
            if (model.item(path) != null) {
                Model.Draft draft = new Model.Draft(new TreeMap<>(model.items()));
                model.remove(draft, path);
                model.install(draft);
                publish(member.space);
            }
        }
        return contender;
    }

    List<View> read(Space space, List<Query> queries) {
        return space.model.answer(queries, Map.of());
    }

    /** Tells the watches what has changed since the last time. */
    void publish(Space space) {
        List<Model.Change> history = space.model.history();
        List<Model.Change> changes = List.copyOf(history.subList(space.published, history.size()));
        space.published = history.size();
        if (!changes.isEmpty()) {
            highest = Math.max(highest, space.model.revision());
            List.copyOf(space.watches).forEach(watch -> watch.see(changes));
        }
    }

    Member member(String id) {
        return members.get(id);
    }

    void restart() {
        if (is(Bug.RESTART_FORGETS_REVISION)) {
            startAgain(1);
        }
    }

    void startFromNothing() {
        startAgain(is(Bug.NOTHING_BEGINS_AT_ONE) ? 1 : highest + 1_000);
    }

    private void startAgain(long revision) {
        members.values().forEach(member -> member.ended = true);
        highest = revision;
        spaces.clear();
    }

    static boolean isFailure(Object answer) {
        return answer instanceof BackendException;
    }
}
