package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.membership.GroupMembership;
import io.conclave.membership.Member;
import io.conclave.membership.MembershipListener;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Who is logged in, over all servers of a site: a login is a member of a group; a logout, or the death of the server, ends it. */
public final class UserSessions implements AutoCloseable {
    private final Conclave conclave;
    private final GroupMembership everybody;

    /** Follows the logins of all servers. */
    public UserSessions(Conclave conclave) {
        this.conclave = conclave;
        this.everybody = GroupMembership.observe(conclave, "/users/online");
    }

    /** Logs a user in; close it to log out. */
    public GroupMembership login(String user, String server) throws InterruptedException, TimeoutException {
        // snippet:join
        byte[] data = server.getBytes(StandardCharsets.UTF_8);
        GroupMembership login = GroupMembership.join(conclave, "/users/online", user, data);
        login.awaitMember(Duration.ofSeconds(5)); // TimeoutException: no contact, or the name is taken
        // end
        return login;
    }

    /** Who is online, by name. */
    public List<String> online() {
        // snippet:members
        return everybody.members().stream().map(Member::name).toList(); // from memory
        // end
    }

    /** Hears of logins and logouts; at first of everybody who is online. */
    public Registration watch(Consumer<String> log) {
        // snippet:listen
        return everybody.addListener(new MembershipListener() {
            @Override
            public void onJoined(Member user) {
                log.accept(user.name() + " is online at " + user.data().asUtf8());
            }

            @Override
            public void onLeft(Member user) {
                log.accept(user.name() + " is offline");
            }
        });
        // end
    }

    @Override
    public void close() {
        everybody.close();
    }

    /** Logs users in and out on a store of its own. */
    public static void main(String[] args) throws Exception {
        try (Conclave server = Conclave.connect("inmemory:user-sessions");
                UserSessions users = new UserSessions(server)) {
            users.watch(System.out::println);
            GroupMembership ada = users.login("ada", "server-1");
            try (GroupMembership ben = users.login("ben", "server-1")) {
                System.out.println("online: " + users.online());
                ben.awaitMembers(Duration.ofSeconds(5));
            }
            ada.close();
        }
    }
}
