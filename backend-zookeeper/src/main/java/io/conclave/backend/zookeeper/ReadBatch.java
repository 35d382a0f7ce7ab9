package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Link.Content;
import io.conclave.backend.zookeeper.Names.Contender;
import io.conclave.spi.BackendException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * Answers a list of queries. All first requests go out at once, in order, so behind a commit they see its writes; what a listing then asks of
 * its children goes out when the names are there. Lives on the session's drain.
 */
final class ReadBatch {
    /** What a batch needs of its session. */
    interface Context {
        Link link();

        Layout layout();

        /** Whether this child of the directory is left over from an operation of this session that was withdrawn. */
        boolean isStray(NodePath directory, String name);

        /** A persistent node was read at that version. */
        void seen(NodePath path, long version);
    }

    /** Knows which sequential node the commit made in a directory, once it is done. */
    interface OwnCreates {
        /** The node, or null if there is none or it was gone when looked for. */
        @Nullable
        Contender in(NodePath directory);
    }

    /** Hears the end. */
    interface Done {
        /** The answers, or the failure. */
        void on(@Nullable List<View> views, @Nullable BackendException failure);
    }

    private static final int PARALLEL_GETS = 256;

    private final Context context;
    private final OwnCreates ownCreates;
    private final Done done;
    private final List<@Nullable View> views = new ArrayList<>();
    private int open;
    private boolean over;

    private ReadBatch(Context context, OwnCreates ownCreates, Done done) {
        this.context = context;
        this.ownCreates = ownCreates;
        this.done = done;
    }

    /** Sends the first requests at once. The end is told once, and before this returns if there is nothing to ask. */
    static void start(Context context, List<Query> queries, OwnCreates ownCreates, Done done) {
        ReadBatch batch = new ReadBatch(context, ownCreates, done);
        batch.open = queries.size() + 1;
        for (int i = 0; i < queries.size(); i++) {
            batch.views.add(null);
            batch.ask(i, queries.get(i));
        }
        batch.closeOne();
    }

    private void ask(int index, Query query) {
        if (query instanceof Query.Get get) {
            askNode(index, get.path());
        } else if (query instanceof Query.Children children) {
            askChildren(index, children);
        } else if (query instanceof Query.Subtree subtree) {
            new SubtreeWalk(context, subtree, view -> answer(index, view), this::fail).start();
        }
    }

    private void askNode(int index, NodePath path) {
        if (path.isRoot()) {
            answer(index, new View.OfNode(Optional.empty()));
            return;
        }
        context.link().getData(context.layout().real(path), false, (code, content) -> {
            if (code == Code.OK || code == Code.NONODE) {
                answer(index, new View.OfNode(Optional.ofNullable(node(context, path, content))));
            } else {
                fail(failure(code));
            }
        });
    }

    private void askChildren(int index, Query.Children query) {
        context.link().getChildren(context.layout().real(query.directory()), (code, names) -> {
            if (code != Code.OK && code != Code.NONODE) {
                fail(failure(code));
                return;
            }
            List<String> present = names == null ? List.of() : names;
            if (query.tags().isEmpty()) {
                listed(index, query, everyChild(query, present));
            } else {
                order(index, query, contenders(query, present));
            }
        });
    }

    private void listed(int index, Query.Children query, List<Node> listed) {
        boolean more = query.bound() != Query.Bound.FIRST && listed.size() > query.limit();
        List<Node> wanted = cut(query, listed);
        if (query.withData()) {
            fill(index, wanted, new ArrayList<>(), more);
        } else {
            answer(index, new View.OfNodes(wanted, more));
        }
    }

    /** Where several have the largest number there is, asks when each was made. */
    private void order(int index, Query.Children query, List<Contender> contenders) {
        List<Contender> known = new ArrayList<>(contenders);
        List<Contender> tied = contenders.stream().filter(Contender::isAtEnd).toList();
        if (tied.size() < 2) {
            ordered(index, query, known);
            return;
        }
        int[] left = {tied.size()};
        for (Contender one : tied) {
            context.link().exists(context.layout().realChild(query.directory(), one.name()), (code, stat) -> {
                if (code != Code.OK && code != Code.NONODE) {
                    fail(failure(code));
                    return;
                }
                known.remove(one);
                if (stat != null) {
                    known.add(new Contender(one.name(), one.sequence(), stat.getCzxid()));
                }
                if (--left[0] == 0) {
                    ordered(index, query, known);
                }
            });
        }
    }

    private void ordered(int index, Query.Children query, List<Contender> contenders) {
        if (query.bound() == Query.Bound.BEFORE_OWN_CREATE) {
            Contender own = ownCreates.in(query.directory());
            contenders.removeIf(other -> own == null || !other.isBefore(own));
        }
        List<Node> nodes = new ArrayList<>();
        for (Contender one : Names.inOrder(contenders)) {
            nodes.add(Node.listed(query.directory().child(one.name()), OptionalLong.of(one.sequence())));
        }
        listed(index, query, nodes);
    }

    private List<Node> everyChild(Query.Children query, List<String> names) {
        List<Node> nodes = new ArrayList<>();
        for (String name : names) {
            context.layout()
                    .visibleChild(query.directory(), name)
                    .ifPresent(path -> nodes.add(Node.listed(path, sequence(name))));
        }
        nodes.sort(Comparator.comparing(Node::name));
        return nodes;
    }

    private List<Contender> contenders(Query.Children query, List<String> names) {
        List<Contender> contenders = new ArrayList<>();
        for (String name : names) {
            OptionalInt sequence = Names.sequence(name, query.tags());
            if (sequence.isPresent()
                    && context.layout().visibleChild(query.directory(), name).isPresent()
                    && !context.isStray(query.directory(), name)) {
                contenders.add(new Contender(name, sequence.getAsInt(), 0));
            }
        }
        return contenders;
    }

    private static List<Node> cut(Query.Children query, List<Node> nodes) {
        int size = nodes.size();
        return switch (query.bound()) {
            case FIRST -> nodes.subList(0, Math.min(1, size));
            case ALL -> nodes.subList(0, Math.min(query.limit(), size));
            case BEFORE_OWN_CREATE -> nodes.subList(Math.max(0, size - query.limit()), size);
        };
    }

    /** Reads the data of the next nodes, and goes on until all are there; what vanished meanwhile is left out. */
    private void fill(int index, List<Node> listed, List<@Nullable Node> filled, boolean more) {
        if (filled.size() >= listed.size()) {
            List<Node> present = new ArrayList<>();
            for (Node node : filled) {
                if (node != null) {
                    present.add(node);
                }
            }
            answer(index, new View.OfNodes(present, more));
            return;
        }
        int first = filled.size();
        int count = Math.min(PARALLEL_GETS, listed.size() - first);
        int[] left = {count};
        for (int i = first; i < first + count; i++) {
            int place = i;
            Node entry = listed.get(i);
            filled.add(null);
            context.link().getData(context.layout().real(entry.path()), false, (code, content) -> {
                if (code != Code.OK && code != Code.NONODE) {
                    fail(failure(code));
                    return;
                }
                if (content != null) {
                    Node read = node(context, entry.path(), content);
                    filled.set(place, read == null ? entry : withSequence(read, entry.sequence()));
                }
                if (--left[0] == 0) {
                    fill(index, listed, filled, more);
                }
            });
        }
    }

    private static Node withSequence(Node node, OptionalLong sequence) {
        return new Node(
                node.path(),
                sequence,
                node.createdRevision(),
                node.modifiedRevision(),
                node.version(),
                node.owner(),
                node.data());
    }

    /** The node as the contract sees it; null if it is absent or an implicit directory. */
    static @Nullable Node node(Context context, NodePath path, @Nullable Content content) {
        if (content == null) {
            return null;
        }
        Stat stat = content.stat();
        Fact.Kind kind = Fact.kind(stat, content.data());
        if (kind != Fact.Kind.EXPLICIT && kind != Fact.Kind.EPHEMERAL) {
            return null;
        }
        boolean ephemeral = kind == Fact.Kind.EPHEMERAL;
        OptionalLong sequence = sequence(path.name());
        boolean exact = ephemeral || sequence.isPresent();
        if (!ephemeral) {
            context.seen(path, stat.getVersion());
        }
        return new Node(
                path,
                sequence,
                exact ? OptionalLong.of(stat.getCzxid()) : OptionalLong.empty(),
                OptionalLong.of(stat.getMzxid()),
                stat.getVersion(),
                ephemeral ? Long.toHexString(stat.getEphemeralOwner()) : "",
                ephemeral ? Payload.of(content.data()) : NodeData.decode(content.data()));
    }

    static OptionalLong sequence(String name) {
        OptionalInt sequence = Names.ownSequence(name);
        return sequence.isPresent() ? OptionalLong.of(sequence.getAsInt()) : OptionalLong.empty();
    }

    static BackendException failure(Code code) {
        return Errors.isLost(code)
                ? new UnavailableException("the answer to a read was lost (" + code + ")")
                : Errors.definite(code, "a read");
    }

    private void answer(int index, View view) {
        if (!over) {
            views.set(index, view);
            closeOne();
        }
    }

    private void fail(BackendException failure) {
        if (!over) {
            over = true;
            done.on(null, failure);
        }
    }

    private void closeOne() {
        if (--open == 0 && !over) {
            over = true;
            List<View> complete = new ArrayList<>();
            for (View view : views) {
                if (view != null) {
                    complete.add(view);
                }
            }
            done.on(complete, null);
        }
    }
}
