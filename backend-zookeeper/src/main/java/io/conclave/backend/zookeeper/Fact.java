package io.conclave.backend.zookeeper;

import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;

/**
 * What is believed to stand at a path while a commit is being put together: a belief, which the transaction itself checks.
 *
 * @param kind what stands there
 * @param version the data version
 * @param children the number of children; {@link #UNKNOWN} if not read
 * @param createdZxid the transaction that made it; 0 if not read
 * @param changedZxid the transaction that last put its data; 0 if not read
 * @param owner the session that owns an ephemeral node
 */
record Fact(Kind kind, int version, int children, long createdZxid, long changedZxid, long owner) {
    static final int UNKNOWN = -1;

    enum Kind {
        ABSENT,
        IMPLICIT,
        CONTAINER,
        EXPLICIT,
        EPHEMERAL
    }

    static final Fact ABSENT = new Fact(Kind.ABSENT, 0, 0, 0, 0, 0);

    static Fact made(Kind kind, int version, long owner) {
        return new Fact(kind, version, 0, 0, 0, owner);
    }

    static Fact explicit(int version) {
        return new Fact(Kind.EXPLICIT, version, UNKNOWN, 0, 0, 0);
    }

    /** Hears what stands at a path; the fact counts only if the code is OK or NONODE. */
    interface Reply {
        void on(Code code, Fact fact);
    }

    /** Looks without reading data, but where only the data tells a container. */
    static void read(Link link, String real, Reply reply) {
        link.exists(real, (code, stat) -> {
            if (stat == null || stat.getEphemeralOwner() != 0 || stat.getDataLength() != NodeData.CONTAINER_BYTES) {
                reply.on(
                        code,
                        stat == null ? ABSENT : of(stat, stat.getDataLength() == 0 ? Kind.IMPLICIT : Kind.EXPLICIT));
                return;
            }
            link.getData(
                    real,
                    false,
                    (again, content) -> reply.on(
                            again,
                            content == null ? ABSENT : of(content.stat(), kind(content.stat(), content.data()))));
        });
    }

    private static Fact of(Stat stat, Kind kind) {
        return new Fact(
                stat.getEphemeralOwner() == 0 ? kind : Kind.EPHEMERAL,
                stat.getVersion(),
                stat.getNumChildren(),
                stat.getCzxid(),
                stat.getMzxid(),
                stat.getEphemeralOwner());
    }

    /** What a node with this description and data is. Servers report containers and nodes with a time to live as without an owner. */
    static Kind kind(Stat stat, byte[] data) {
        if (stat.getEphemeralOwner() != 0) {
            return Kind.EPHEMERAL;
        }
        if (data.length == 0) {
            return Kind.IMPLICIT;
        }
        return NodeData.isContainer(data) ? Kind.CONTAINER : Kind.EXPLICIT;
    }

    boolean isDirectory() {
        return kind == Kind.IMPLICIT || kind == Kind.CONTAINER;
    }

    boolean isNode() {
        return kind == Kind.EXPLICIT || kind == Kind.EPHEMERAL;
    }

    Fact withChildren(int more) {
        return children == UNKNOWN ? this : new Fact(kind, version, children + more, createdZxid, changedZxid, owner);
    }

    Fact turned(Kind newKind, int newVersion) {
        return new Fact(newKind, newVersion, children, createdZxid, changedZxid, owner);
    }
}
