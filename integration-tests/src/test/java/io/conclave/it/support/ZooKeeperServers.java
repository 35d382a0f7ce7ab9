package io.conclave.it.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.apache.zookeeper.server.quorum.LateFollower;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/**
 * One ZooKeeper server, or an ensemble of some, each a process of its own started from the test class path, on free ports of 127.0.0.1. Servers are numbered from 0. Their
 * files and logs stay below {@code target/it}.
 *
 * <p>{@link Builder#tickMillis} bounds the session time-outs that the servers grant: 2 to 20 ticks. With {@link Builder#peerProxies} the servers talk to each other through {@link
 * FaultProxy}s, so that {@link #isolate} can cut one off its peers while its clients still reach it. A follower can be made to apply late: {@link #holdBack}.
 */
public final class ZooKeeperServers implements Servers {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final Builder options;
    private final Path directory;
    private final List<Server> servers = new ArrayList<>();
    private final PeerLinks links;

    private ZooKeeperServers(Builder options) throws IOException {
        this.options = options;
        this.directory = ChildProcess.workDirectory("zookeeper");
        for (int i = 0; i < options.count; i++) {
            servers.add(new Server(i));
        }
        this.links =
                new PeerLinks(servers.stream().map(server -> server.peerPorts).toList(), options.proxies);
    }

    /** Options of the servers. */
    public static final class Builder {
        private final int count;
        private int tickMillis = 500;
        private int syncLimit = 6;
        private int minSessionMillis;
        private boolean proxies;
        private boolean lateFollowers;

        private Builder(int count) {
            this.count = count;
        }

        /** The servers' tick. Default 500 ms. */
        public Builder tickMillis(int millis) {
            this.tickMillis = millis;
            return this;
        }

        /** After how many ticks of silence leader and follower give each other up. Default 6. */
        public Builder syncLimit(int ticks) {
            this.syncLimit = ticks;
            return this;
        }

        /** The least session time-out that the servers grant. Default: 2 ticks. */
        public Builder minSessionMillis(int millis) {
            this.minSessionMillis = millis;
            return this;
        }

        /** Servers reach each other through proxies. */
        public Builder peerProxies() {
            this.proxies = true;
            return this;
        }

        /** Followers can be made to apply late. */
        public Builder lateFollowers() {
            this.lateFollowers = true;
            return this;
        }

        /** Starts them and waits until all serve. */
        public ZooKeeperServers start() throws IOException, InterruptedException {
            ZooKeeperServers ensemble = new ZooKeeperServers(this);
            try {
                for (Server server : ensemble.servers) {
                    server.start();
                }
                ensemble.awaitServing();
                return ensemble;
            } catch (IOException | InterruptedException | RuntimeException | Error failed) {
                ensemble.close();
                throw failed;
            }
        }
    }

    /** Options for this many servers: 1, or an odd number. */
    public static Builder of(int count) {
        return new Builder(count);
    }

    /** One server with default options, serving. */
    public static ZooKeeperServers one() throws IOException, InterruptedException {
        return of(1).start();
    }

    /** Three servers with default options, serving. */
    public static ZooKeeperServers three() throws IOException, InterruptedException {
        return of(3).start();
    }

    @Override
    public int count() {
        return servers.size();
    }

    /** {@code 127.0.0.1:port} of one server. */
    public String host(int index) {
        return "127.0.0.1:" + port(index);
    }

    /** The client port of one server. */
    public int port(int index) {
        return servers.get(index).clientPort;
    }

    /** The hosts of all, with commas between: a ZooKeeper connect string. */
    public String hosts() {
        return String.join(
                ",", servers.stream().map(server -> host(server.index)).toList());
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        return url(hosts(), namespace, sessionTimeout);
    }

    /** The URL of a namespace on these hosts: some of the servers, or proxies before them. */
    public static String url(String hosts, String namespace, Duration sessionTimeout) {
        return "zookeeper://" + hosts + namespace + "?sessionTimeout=" + sessionTimeout.toMillis() + "ms";
    }

    @Override
    public void kill(int index) throws InterruptedException {
        servers.get(index).process().kill();
    }

    @Override
    public void pause(int index) throws InterruptedException {
        servers.get(index).process().pause();
    }

    @Override
    public void resume(int index) throws InterruptedException {
        servers.get(index).process().resume();
    }

    @Override
    public void restart(int index) throws IOException {
        servers.get(index).start();
    }

    /** Removes the data of a server that was killed: it starts empty. */
    public void wipe(int index) throws IOException {
        servers.get(index).wipe();
    }

    /** Whether the process of one server runs. */
    public boolean isAlive(int index) {
        return servers.get(index).process().isAlive();
    }

    @Override
    public int leader() throws InterruptedException {
        int[] found = {-1};
        Await.until(
                () -> {
                    for (Server server : servers) {
                        String mode = server.mode();
                        if (mode.equals("leader") || mode.equals("standalone")) {
                            found[0] = server.index;
                        }
                    }
                    return found[0] >= 0;
                },
                START_LIMIT,
                "a server leads");
        return found[0];
    }

    /** Whether the server answers clients: it leads, follows or is alone. */
    public boolean isServing(int index) {
        return !servers.get(index).mode().isEmpty();
    }

    @Override
    public void awaitServing(int index) throws InterruptedException {
        Await.until(() -> isServing(index), START_LIMIT, "server " + index + " serves; its log is in " + directory);
    }

    /** Waits until all answer clients. */
    public void awaitServing() throws InterruptedException {
        for (int i = 0; i < servers.size(); i++) {
            awaitServing(i);
        }
    }

    /** What one server counts as packets received from clients since its start, pings too; without the questions of this object. */
    public long packetsReceived(int index) throws IOException {
        return servers.get(index).packetsReceived();
    }

    /** One figure of a server's {@code mntr}, such as {@code zk_watch_count}; empty if it has none of that name. */
    public String monitor(int index, String figure) throws IOException {
        return FourLetter.value(servers.get(index).ask("mntr"), figure);
    }

    /** The ephemeral nodes of all sessions by full path, as the server itself tells them: no client is needed. Ask the leader or a single server. */
    public List<String> ephemerals(int index) throws IOException {
        return servers.get(index)
                .ask("dump")
                .lines()
                .filter(line -> line.startsWith("\t/"))
                .map(String::strip)
                .toList();
    }

    /**
     * Cuts one server from its peers, both ways, its clients not: REFUSE tells both sides at once, BLACKHOLE not before they miss each other. Needs {@link Builder#peerProxies}.
     */
    public void isolate(int index, FaultProxy.Mode mode) throws IOException {
        links.isolate(index, mode);
    }

    /**
     * From the next transaction on that contains this text (a path, say) a server applies nothing while it follows, until {@link #letApply}: its peers do not notice, and its clients only read what
     * is old there and get no answers to what they write. Needs {@link Builder#lateFollowers}.
     */
    public void holdBack(int index, String text) throws IOException {
        if (!options.lateFollowers) {
            throw new IllegalStateException("these servers cannot be made to apply late");
        }
        Path written = Files.writeString(servers.get(index).home.resolve("to-be-held"), text);
        Files.move(written, servers.get(index).held, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Ends {@link #holdBack}. */
    public void letApply(int index) throws IOException {
        Files.deleteIfExists(servers.get(index).held);
    }

    /** Ends all isolation. */
    public void heal() throws IOException {
        links.heal();
    }

    @Override
    public ServerBehindProxy behindProxy() throws IOException {
        return new ZooKeeperBehindProxy(this);
    }

    @Override
    public void close() {
        servers.forEach(Server::close);
        links.close();
    }

    private final class Server {
        private final int index;
        private final int clientPort = Ports.free();
        private final PeerLinks.Ports peerPorts = new PeerLinks.Ports(Ports.free(), Ports.free());
        private final Path home;
        private final Path data;
        private final Path held;
        private ChildProcess process;
        private long asked;

        Server(int index) {
            this.index = index;
            this.home = directory.resolve("server-" + index);
            this.data = home.resolve("data");
            this.held = home.resolve("held");
        }

        synchronized ChildProcess process() {
            return process;
        }

        synchronized void start() throws IOException {
            Path configuration = home.resolve("zoo.cfg");
            Files.createDirectories(data);
            Files.writeString(data.resolve("myid"), (index + 1) + "\n");
            Files.write(configuration, lines());
            List<String> command = ChildProcess.javaCommand(
                    "192m",
                    List.of(
                            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                            "-Dzookeeper.admin.enableServer=false",
                            "-Dzookeeper.jmx.log4j.disable=true",
                            "-Dzookeeper.4lw.commands.whitelist=*",
                            "-Dzookeeper.preAllocSize=256",
                            "-Dzookeeper.forceSync=no"));
            command.add(main().getName());
            command.add(configuration.toString());
            if (options.lateFollowers) {
                command.add(held.toString());
            }
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(
                            ProcessBuilder.Redirect.appendTo(home.resolve("log").toFile()));
            asked = 0;
            process = new ChildProcess("ZooKeeper server " + index, builder);
        }

        private Class<?> main() {
            if (options.lateFollowers) {
                return LateFollower.class;
            }
            return options.count == 1 ? ZooKeeperServerMain.class : QuorumPeerMain.class;
        }

        private List<String> lines() {
            List<String> lines = new ArrayList<>(List.of(
                    "tickTime=" + options.tickMillis,
                    "initLimit=8",
                    "syncLimit=" + options.syncLimit,
                    "dataDir=" + data,
                    "clientPort=" + clientPort,
                    "clientPortAddress=127.0.0.1",
                    "maxClientCnxns=0",
                    "snapCount=100000"));
            if (options.minSessionMillis > 0) {
                lines.add("minSessionTimeout=" + options.minSessionMillis);
            }
            for (int peer = 0; options.count > 1 && peer < options.count; peer++) {
                PeerLinks.Ports ports = links.seenFrom(index, peer);
                lines.add("server." + (peer + 1) + "=127.0.0.1:" + ports.quorum() + ":" + ports.election());
            }
            return lines;
        }

        synchronized void wipe() throws IOException {
            if (process.isAlive()) {
                throw new IllegalStateException("server " + index + " runs");
            }
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }

        String mode() {
            try {
                return FourLetter.value(ask("srvr"), "Mode");
            } catch (IOException notServing) {
                return "";
            }
        }

        synchronized String ask(String word) throws IOException {
            String answer = FourLetter.ask(clientPort, word);
            asked++;
            return answer;
        }

        synchronized long packetsReceived() throws IOException {
            String answer = ask("mntr");
            return Long.parseLong(FourLetter.value(answer, "zk_packets_received")) - asked;
        }

        void close() {
            ChildProcess running = process();
            if (running != null) {
                running.close();
            }
        }
    }
}
