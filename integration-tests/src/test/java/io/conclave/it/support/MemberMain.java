package io.conclave.it.support;

import io.conclave.backend.inmemory.ReplicatedStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A member of a replicated store as a process: it ends in an orderly way when its standard input does. */
public final class MemberMain {
    private MemberMain() {}

    /** Id, members ({@code 1=host:port,…}), data folder, election time-out in milliseconds. */
    public static void main(String[] arguments) throws IOException {
        Map<Integer, String> members = new HashMap<>();
        for (String member : arguments[1].split(",", -1)) {
            int equals = member.indexOf('=');
            members.put(Integer.valueOf(member.substring(0, equals)), member.substring(equals + 1));
        }
        try (ReplicatedStore store = ReplicatedStore.builder()
                .id(Integer.parseInt(arguments[0]))
                .members(members)
                .dataDirectory(Path.of(arguments[2]))
                .electionTimeout(Duration.ofMillis(Long.parseLong(arguments[3])))
                .start()) {
            System.out.println("LISTENING " + store.clientAddress());
            int read = 0;
            while (read >= 0) { // nothing is to be said
                read = System.in.read();
            }
        }
    }
}
