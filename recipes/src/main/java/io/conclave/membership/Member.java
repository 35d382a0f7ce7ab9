package io.conclave.membership;

import io.conclave.spi.Payload;
import java.util.Objects;

/**
 * One member of a group, as it was when the store was last heard.
 *
 * @param name its name, unique in the group
 * @param data what it has told of itself
 * @param session the session that its node lives with; empty for a node that another client made to stay
 * @param joinedRevision the revision at which it joined: a member that left and came back has another
 * @param own whether it is the member of this {@link GroupMembership}
 */
public record Member(String name, Payload data, String session, long joinedRevision, boolean own) {
    /** Refuses nulls. */
    public Member {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(data, "data");
        Objects.requireNonNull(session, "session");
    }
}
