package io.conclave.backend.zookeeper;

import io.conclave.spi.NodePath;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * What is believed to stand at a path while a commit is being put together: a belief, which the transaction itself checks.
 *
 * @param kind what stands there
 * @param version the data version
 * @param children the number of children; {@link #UNKNOWN} if not read
 * @param createdZxid the transaction that made it; 0 if not read
 * @param owner the session that owns an ephemeral node
 * @param above for {@link Kind#BELOW_EPHEMERAL} the ephemeral node
 */
record Fact(
        Kind kind,
        int version,
        int children,
        long createdZxid,
        long owner,
        @Nullable NodePath above) {
    static final int UNKNOWN = -1;

    /** The owner that ZooKeeper gives to containers. */
    private static final long CONTAINER_OWNER = Long.MIN_VALUE;

    /** The high byte of the owner that ZooKeeper gives to nodes with a time to live. */
    private static final long TTL_MARK = 0xffL;

    enum Kind {
        ABSENT,
        IMPLICIT,
        CONTAINER,
        EXPLICIT,
        EPHEMERAL,
        /** Absent, and nothing can be made there. */
        BELOW_EPHEMERAL
    }

    static final Fact ABSENT = new Fact(Kind.ABSENT, 0, 0, 0, 0, null);

    static Fact belowEphemeral(NodePath ephemeral) {
        return new Fact(Kind.BELOW_EPHEMERAL, 0, 0, 0, 0, ephemeral);
    }

    static Fact made(Kind kind, int version, long owner) {
        return new Fact(kind, version, 0, 0, owner, null);
    }

    static Fact explicit(int version) {
        return new Fact(Kind.EXPLICIT, version, UNKNOWN, 0, 0, null);
    }

    /** From the answer to {@code exists}. */
    static Fact of(Code code, @Nullable Stat stat) {
        if (code != Code.OK || stat == null) {
            return ABSENT;
        }
        return new Fact(
                kind(stat, stat.getDataLength()),
                stat.getVersion(),
                stat.getNumChildren(),
                stat.getCzxid(),
                stat.getEphemeralOwner(),
                null);
    }

    /** What a node with this description and that many bytes of data is. */
    static Kind kind(Stat stat, int dataLength) {
        if (isEphemeral(stat)) {
            return Kind.EPHEMERAL;
        }
        if (dataLength > 0) {
            return Kind.EXPLICIT;
        }
        return stat.getEphemeralOwner() == CONTAINER_OWNER ? Kind.CONTAINER : Kind.IMPLICIT;
    }

    /** True for nodes of a session; containers and nodes with a time to live have an owner that is no session. */
    static boolean isEphemeral(Stat stat) {
        long owner = stat.getEphemeralOwner();
        return owner != 0 && owner != CONTAINER_OWNER && (owner >>> 56) != TTL_MARK;
    }

    boolean isDirectory() {
        return kind == Kind.IMPLICIT || kind == Kind.CONTAINER;
    }

    boolean isNode() {
        return kind == Kind.EXPLICIT || kind == Kind.EPHEMERAL;
    }

    Fact withChildren(int more) {
        return children == UNKNOWN ? this : new Fact(kind, version, children + more, createdZxid, owner, above);
    }

    Fact turned(Kind newKind, int newVersion) {
        return new Fact(newKind, newVersion, children, createdZxid, owner, above);
    }
}
