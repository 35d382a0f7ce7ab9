package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Links;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A member in a process of its own, whose links to the others can be cut by lines on its standard input: {@code cut 1,3}, {@code slow MILLIS}, {@code heal}, {@code heap}, {@code close}.
 *
 * <p>Arguments: {@code id listen members folder electionMillis snapshotEntries}, the members as {@code 1=host:port/peerPort,…}.
 */
public final class MemberProcess {
    private static volatile Set<Integer> unheard = Set.of();
    private static volatile long lateMillis;

    private MemberProcess() {}

    public static void main(String[] arguments) throws IOException {
        int id = Integer.parseInt(arguments[0]);
        Map<Integer, String> members = new HashMap<>();
        for (String member : arguments[2].split(",", -1)) {
            members.put(
                    Integer.valueOf(member.substring(0, member.indexOf('='))),
                    member.substring(member.indexOf('=') + 1));
        }
        Links links = (from, to) -> unheard.contains(from == id ? to : from) ? -1 : lateMillis;
        ReplicatedStore store = ReplicatedStore.builder()
                .id(id)
                .listen(arguments[1])
                .members(members)
                .dataDirectory(Path.of(arguments[3]))
                .electionTimeout(Duration.ofMillis(Long.parseLong(arguments[4])))
                .snapshotAfter(Integer.parseInt(arguments[5]), 64L << 20)
                .links(links)
                .start();
        System.out.println("UP");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null && !line.equals("close"); line = in.readLine()) {
            obey(line);
        }
        store.close();
        System.exit(0);
    }

    private static void obey(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "cut" ->
                unheard = Stream.of(words[1].split(",")).map(Integer::valueOf).collect(Collectors.toSet());
            case "slow" -> lateMillis = Long.parseLong(words[1]);
            case "heap" -> {
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                System.out.println("HEAP " + (runtime.totalMemory() - runtime.freeMemory()));
            }
            default -> {
                unheard = Set.of();
                lateMillis = 0;
            }
        }
        System.out.println("DONE " + line);
    }
}
