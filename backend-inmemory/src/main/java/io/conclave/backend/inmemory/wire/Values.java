package io.conclave.backend.inmemory.wire;

import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** How the values of the contract stand in frames and in the log. Enumerations stand by their place in the lists here, which are part of the format. */
public final class Values {
    private static final List<CreateMode> MODES = List.of(
            CreateMode.PERSISTENT,
            CreateMode.EPHEMERAL,
            CreateMode.PERSISTENT_SEQUENTIAL,
            CreateMode.EPHEMERAL_SEQUENTIAL);
    private static final List<Query.Bound> BOUNDS =
            List.of(Query.Bound.ALL, Query.Bound.FIRST, Query.Bound.BEFORE_OWN_CREATE);
    static final List<WatchSpec.Kind> KINDS = List.of(
            WatchSpec.Kind.CREATED,
            WatchSpec.Kind.CHANGED,
            WatchSpec.Kind.DELETED,
            WatchSpec.Kind.CHILDREN,
            WatchSpec.Kind.TOUCHED);
    private static final int TEXT_LEAST = 4;

    private Values() {}

    /** A path as its text. */
    public static void write(WireWriter out, NodePath path) {
        out.text(path.toString());
    }

    /** Refuses what is no path. */
    public static NodePath readPath(WireReader in) {
        try {
            return NodePath.of(in.text());
        } catch (IllegalArgumentException noPath) {
            throw new MalformedException("no path: " + noPath.getMessage(), noPath);
        }
    }

    /** An operation's id. */
    public static void write(WireWriter out, OpId opId) {
        out.wide(opId.nonce()).wide(opId.counter());
    }

    /** An operation's id. */
    public static OpId readOpId(WireReader in) {
        return new OpId(in.wide(), in.wide());
    }

    /** Ids in any order. */
    public static void write(WireWriter out, Set<OpId> opIds) {
        out.list(opIds, Values::write);
    }

    /** Ids in any order. */
    public static Set<OpId> readOpIds(WireReader in) {
        return Set.copyOf(in.list(16, Values::readOpId));
    }

    private static void write(WireWriter out, OptionalLong value) {
        out.flag(value.isPresent());
        value.ifPresent(out::wide);
    }

    private static OptionalLong readOptional(WireReader in) {
        return in.flag() ? OptionalLong.of(in.wide()) : OptionalLong.empty();
    }

    /** A condition. */
    public static void write(WireWriter out, Guard guard) {
        if (guard instanceof Guard.Present present) {
            out.octet(0);
            write(out, present.path());
            write(out, present.createdRevision());
        } else if (guard instanceof Guard.VersionIs version) {
            out.octet(1);
            write(out, version.path());
            out.wide(version.version());
        } else {
            out.octet(2);
            write(out, guard.path());
        }
    }

    /** A condition. */
    public static Guard readGuard(WireReader in) {
        int kind = in.octet();
        NodePath path = readPath(in);
        return switch (kind) {
            case 0 -> new Guard.Present(path, readOptional(in));
            case 1 -> Guard.versionIs(path, in.wide());
            case 2 -> Guard.absent(path);
            default -> throw new MalformedException("guard kind " + kind);
        };
    }

    /** A write of a commit. */
    public static void write(WireWriter out, Write write) {
        if (write instanceof Write.CreateNamed create) {
            out.octet(0);
            write(out, create.path());
            out.payload(create.data()).choice(MODES, create.mode());
        } else if (write instanceof Write.CreateSequential create) {
            NodePath same = create.sameOrderAs();
            out.octet(1);
            write(out, create.directory());
            out.text(create.tag()).payload(create.data()).choice(MODES, create.mode());
            out.flag(same != null);
            if (same != null) {
                write(out, same);
            }
        } else if (write instanceof Write.Put put) {
            out.octet(2);
            write(out, put.path());
            out.payload(put.data());
        } else {
            out.octet(3);
            write(out, write.place());
        }
    }

    /** A write of a commit. */
    public static Write readWrite(WireReader in) {
        int kind = in.octet();
        NodePath place = readPath(in);
        return switch (kind) {
            case 0 -> Write.create(place, in.payload(), in.choice(MODES));
            case 1 ->
                new Write.CreateSequential(
                        place, in.text(), in.payload(), in.choice(MODES), in.flag() ? readPath(in) : null);
            case 2 -> Write.put(place, in.payload());
            case 3 -> Write.delete(place);
            default -> throw new MalformedException("write kind " + kind);
        };
    }

    /** A question. */
    public static void write(WireWriter out, Query query) {
        if (query instanceof Query.Get) {
            out.octet(0);
            write(out, query.place());
        } else if (query instanceof Query.Children children) {
            out.octet(1);
            write(out, query.place());
            out.list(children.tags(), WireWriter::text)
                    .choice(BOUNDS, children.bound())
                    .number(children.limit())
                    .flag(children.withData());
        } else {
            Query.Subtree subtree = (Query.Subtree) query;
            NodePath after = subtree.after();
            out.octet(2);
            write(out, query.place());
            out.number(subtree.limit()).number(subtree.depth()).flag(after != null);
            if (after != null) {
                write(out, after);
            }
        }
    }

    /** A question. */
    public static Query readQuery(WireReader in) {
        int kind = in.octet();
        NodePath place = readPath(in);
        return switch (kind) {
            case 0 -> Query.get(place);
            case 1 ->
                new Query.Children(
                        place, in.list(TEXT_LEAST, WireReader::text), in.choice(BOUNDS), in.number(), in.flag());
            case 2 -> {
                int limit = in.number();
                int depth = in.number();
                yield Query.subtree(place, limit, in.flag() ? readPath(in) : null, depth);
            }
            default -> throw new MalformedException("query kind " + kind);
        };
    }

    /** A node. */
    public static void write(WireWriter out, Node node) {
        write(out, node.path());
        write(out, node.sequence());
        write(out, node.createdRevision());
        write(out, node.modifiedRevision());
        out.wide(node.version()).text(node.owner()).payload(node.data());
    }

    /** A node. */
    public static Node readNode(WireReader in) {
        return new Node(
                readPath(in), readOptional(in), readOptional(in), readOptional(in), in.wide(), in.text(), in.payload());
    }

    /** An answer to a question. */
    public static void write(WireWriter out, View view) {
        if (view instanceof View.OfNode one) {
            out.octet(0).flag(one.node().isPresent());
            one.node().ifPresent(node -> write(out, node));
        } else {
            View.OfNodes several = (View.OfNodes) view;
            out.octet(1).flag(several.more()).list(several.nodes(), Values::write);
        }
    }

    /** An answer to a question. */
    public static View readView(WireReader in) {
        int kind = in.octet();
        boolean flag = in.flag();
        return switch (kind) {
            case 0 -> new View.OfNode(flag ? Optional.of(readNode(in)) : Optional.empty());
            case 1 -> new View.OfNodes(in.list(TEXT_LEAST, Values::readNode), flag);
            default -> throw new MalformedException("view kind " + kind);
        };
    }

    /** What became of a commit. */
    public static void write(WireWriter out, CommitResult result) {
        if (result instanceof CommitResult.Applied applied) {
            out.octet(0);
            write(out, applied.revision());
            out.list(applied.created(), Values::write);
        } else {
            out.octet(1).number(((CommitResult.Refused) result).index());
        }
        out.list(result.then(), Values::write);
    }

    /** What became of a commit. */
    public static CommitResult readResult(WireReader in) {
        int kind = in.octet();
        return switch (kind) {
            case 0 ->
                new CommitResult.Applied(
                        readOptional(in), in.list(TEXT_LEAST, Values::readNode), in.list(2, Values::readView));
            case 1 -> new CommitResult.Refused(in.number(), in.list(2, Values::readView));
            default -> throw new MalformedException("result kind " + kind);
        };
    }

    /** What to watch; {@code afterRevision} included. */
    public static void write(WireWriter out, WatchSpec spec) {
        WatchSpec.Target target = spec.target();
        out.octet(target instanceof WatchSpec.OfNode ? 0 : target instanceof WatchSpec.ChildrenOf ? 1 : 2);
        write(out, target.path());
        int kinds = 0;
        for (WatchSpec.Kind kind : spec.kinds()) {
            kinds |= 1 << KINDS.indexOf(kind);
        }
        out.octet(kinds).wide(spec.afterRevision());
    }

    /** What to watch. */
    public static WatchSpec readSpec(WireReader in) {
        int of = in.octet();
        NodePath path = readPath(in);
        int bits = in.octet();
        Set<WatchSpec.Kind> kinds = EnumSet.noneOf(WatchSpec.Kind.class);
        for (WatchSpec.Kind kind : KINDS) {
            if ((bits & 1 << KINDS.indexOf(kind)) != 0) {
                kinds.add(kind);
            }
        }
        WatchSpec.Target target = switch (of) {
            case 0 -> new WatchSpec.OfNode(path);
            case 1 -> new WatchSpec.ChildrenOf(path);
            case 2 -> new WatchSpec.SubtreeOf(path);
            default -> throw new MalformedException("watch target kind " + of);
        };
        return new WatchSpec(target, in.wide(), kinds);
    }
}
