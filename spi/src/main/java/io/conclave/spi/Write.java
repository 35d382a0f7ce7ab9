package io.conclave.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One write of a commit. The writes of a commit take effect together, no two of them at one node (rule C2). */
public sealed interface Write {
    /** The node that is written; for a sequential create its directory. */
    NodePath place();

    /** What is written; empty for a delete. */
    default Payload data() {
        return Payload.empty();
    }

    /** A node with the caller's name. */
    static Write create(NodePath path, Payload data, CreateMode mode) {
        return new CreateNamed(path, data, mode);
    }

    /** A node with a name composed by the backend, last in its directory's order. */
    static Write createSequential(NodePath directory, String tag, Payload data, CreateMode mode) {
        return new CreateSequential(directory, tag, data, mode, null);
    }

    /**
     * An ephemeral node as {@link #createSequential} makes it, whose name may be one that this session used before for a node that is gone (rule O7). For those who make and delete
     * such nodes for ever and tell them apart by path <em>and</em> created revision: etcd keeps every name that was deleted until its history is compacted.
     */
    static Write createRecurring(NodePath directory, String tag, Payload data) {
        return new CreateSequential(directory, tag, data, CreateMode.EPHEMERAL_SEQUENTIAL, null, true);
    }

    /** New data for an existing node. */
    static Write put(NodePath path, Payload data) {
        return new Put(path, data);
    }

    /** Removes an existing node; what lies below it stays. */
    static Write delete(NodePath path) {
        return new Delete(path);
    }

    /**
     * Makes a node with the caller's name; refused if it exists (an implicit directory does not count as existing).
     *
     * @param path the node
     * @param data its data
     * @param mode {@link CreateMode#PERSISTENT} or {@link CreateMode#EPHEMERAL}
     */
    record CreateNamed(NodePath path, Payload data, CreateMode mode) implements Write {
        /** Refuses nulls, the root and sequential modes. */
        public CreateNamed {
            requireNode(path);
            Objects.requireNonNull(data, "data");
            Objects.requireNonNull(mode, "mode");
            if (mode.isSequential()) {
                throw new IllegalArgumentException("mode " + mode + " needs a tag, not the name '" + path.name() + "'");
            }
        }

        @Override
        public NodePath place() {
            return path;
        }
    }

    /**
     * Makes a node whose name the backend composes from a unique id, the tag and a number, and gives it the next place in the
     * order of its directory. At most one per directory and commit (rule O3).
     *
     * @param directory where
     * @param tag the recipe's mark in the name, such as {@code lock-}: 1 to 32 characters of {@code A-Z a-z 0-9 _ -}, not ending
     *     in a digit
     * @param data its data
     * @param mode {@link CreateMode#EPHEMERAL_SEQUENTIAL} or {@link CreateMode#PERSISTENT_SEQUENTIAL}
     * @param sameOrderAs if given, a sequential node of the same directory whose place the new one shares; the commit is refused
     *     if it is gone
     * @param recurring whether the name may be one that this session used before for a node that is gone; for ephemeral nodes only
     */
    record CreateSequential(
            NodePath directory,
            String tag,
            Payload data,
            CreateMode mode,
            @Nullable NodePath sameOrderAs,
            boolean recurring)
            implements Write {
        /** With a name that never comes again. */
        public CreateSequential(
                NodePath directory, String tag, Payload data, CreateMode mode, @Nullable NodePath sameOrderAs) {
            this(directory, tag, data, mode, sameOrderAs, false);
        }

        /** Refuses nulls, malformed tags, modes that are not sequential and names of persistent nodes that come again. */
        public CreateSequential {
            Objects.requireNonNull(directory, "directory");
            Objects.requireNonNull(data, "data");
            Objects.requireNonNull(mode, "mode");
            requireTag(tag);
            if (!mode.isSequential()) {
                throw new IllegalArgumentException("mode " + mode + " needs a name, not the tag '" + tag + "'");
            }
            if (recurring && !mode.isEphemeral()) {
                throw new IllegalArgumentException("mode " + mode + ": only names of ephemeral nodes may come again");
            }
            if (sameOrderAs != null && !sameOrderAs.parent().equals(directory)) {
                throw new IllegalArgumentException(
                        "sameOrderAs " + sameOrderAs + " is not in the directory " + directory);
            }
        }

        @Override
        public NodePath place() {
            return directory;
        }
    }

    /**
     * New data for an existing node; refused if it is absent. Only the owning session puts to an ephemeral node (rule N6).
     *
     * @param path the node
     * @param data its new data
     */
    record Put(NodePath path, Payload data) implements Write {
        /** Refuses nulls and the root. */
        public Put {
            requireNode(path);
            Objects.requireNonNull(data, "data");
        }

        @Override
        public NodePath place() {
            return path;
        }
    }

    /**
     * Removes a node; refused if it is absent. Nodes below it stay, and its path goes on as an implicit directory (rule N5).
     *
     * @param path the node
     */
    record Delete(NodePath path) implements Write {
        /** Refuses nulls and the root. */
        public Delete {
            requireNode(path);
        }

        @Override
        public NodePath place() {
            return path;
        }
    }

    private static void requireNode(NodePath path) {
        Objects.requireNonNull(path, "path");
        if (path.isRoot()) {
            throw new IllegalArgumentException("the root '/' is a directory, not a node");
        }
    }

    /**
     * True for what may be the tag of a sequential node: 1 to 32 characters of {@code A-Z a-z 0-9 _ -}, the last no digit, so that a number after it can be told apart.
     */
    static boolean isTag(String text) { // by hand, since it is asked several times for each contender
        int last = text.length() - 1;
        if (last < 0 || last >= 32) {
            return false;
        }
        for (int i = 0; i <= last; i++) {
            char c = text.charAt(i);
            boolean digit = c >= '0' && c <= '9';
            boolean other = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
            if (!other && !(digit && i < last)) {
                return false;
            }
        }
        return true;
    }

    private static void requireTag(String tag) {
        Objects.requireNonNull(tag, "tag");
        if (!isTag(tag)) {
            throw new IllegalArgumentException(
                    "tag '" + tag + "' is not 1 to 32 of A-Z a-z 0-9 _ - with a last character that is no digit");
        }
    }
}
