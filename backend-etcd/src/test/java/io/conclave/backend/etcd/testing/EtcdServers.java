package io.conclave.backend.etcd.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * One etcd server, or a cluster of some, each a process of its own on free ports of 127.0.0.1. Members are numbered from 0. Their files are deleted when they are closed.
 */
public final class EtcdServers implements AutoCloseable {
    /** The shortest time-out that these servers grant a lease: one and a half election time-outs, in whole seconds. */
    public static final Duration MIN_LEASE_TTL = Duration.ofSeconds(1);

    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final Path binary = EtcdBinary.require();
    private final Path directory;
    private final Optional<TlsFiles> tls;
    private final List<String> options;
    private final List<EtcdMember> members;
    private final List<EtcdAdmin> admins;
    private int lives;

    private EtcdServers(Builder builder) {
        try {
            directory = Files.createTempDirectory(
                    Files.createDirectories(Path.of("target")).toAbsolutePath(), "etcd-");
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        tls = builder.tls ? Optional.of(new TlsFiles(directory.resolve("tls"))) : Optional.empty();
        options = EtcdArguments.of(tls, builder.arguments);
        members = IntStream.range(0, builder.count)
                .mapToObj(index -> new EtcdMember(index, directory))
                .toList();
        admins = members.stream()
                .map(member -> EtcdAdmin.of(member.clientPort, tls))
                .toList();
    }

    /** Options of the servers. */
    public static final class Builder {
        private final int count;
        private final List<String> arguments = new ArrayList<>();
        private boolean tls;

        private Builder(int count) {
            this.count = count;
        }

        /** Clients need TLS and a certificate of {@link TlsFiles}' {@code ca}. */
        public Builder tls() {
            tls = true;
            return this;
        }

        /** More arguments of the servers' command line. */
        public Builder with(String... more) {
            arguments.addAll(List.of(more));
            return this;
        }

        /** Starts them and waits until all serve. Skips the test where there is no etcd. */
        public EtcdServers start() {
            EtcdServers servers = new EtcdServers(this);
            try {
                servers.startFromNothing();
                return servers;
            } catch (RuntimeException | Error failed) {
                servers.close();
                throw failed;
            }
        }
    }

    /** Options for this many members. */
    public static Builder of(int count) {
        return new Builder(count);
    }

    /** One server, serving. */
    public static EtcdServers one() {
        return of(1).start();
    }

    /** Three servers, serving. */
    public static EtcdServers three() {
        return of(3).start();
    }

    /** How many there are. */
    public int count() {
        return members.size();
    }

    /** The client port of one member. */
    public int clientPort(int index) {
        return members.get(index).clientPort;
    }

    /** {@code host:port} of all members, with commas between. With TLS the host is {@code localhost}, as in the certificate. */
    public String endpoints() {
        String host = tls.isPresent() ? "localhost:" : "127.0.0.1:";
        return members.stream().map(member -> host + member.clientPort).collect(Collectors.joining(","));
    }

    /** The URL of a namespace on all members. */
    public String url(String namespace) {
        return (tls.isPresent() ? "etcds://" : "etcd://") + endpoints() + "/" + namespace;
    }

    /** Where their files are. */
    Path directory() {
        return directory;
    }

    /** Keys and certificates, if these servers use TLS. */
    public TlsFiles tls() {
        return tls.orElseThrow();
    }

    /** An operator at one member. */
    public EtcdAdmin admin(int index) {
        return admins.get(index);
    }

    /** The process id of one member. */
    public long pid(int index) {
        return members.get(index).process().pid();
    }

    /** The member that leads, or is alone. Waits for an election. */
    public int leader() {
        int[] found = {-1};
        Await.until("a server leads", START_LIMIT, () -> {
            OptionalInt leading = IntStream.range(0, members.size())
                    .filter(index ->
                            members.get(index).isAlive() && admin(index).isLeading())
                    .findFirst();
            leading.ifPresent(index -> found[0] = index);
            return leading.isPresent();
        });
        return found[0];
    }

    /** SIGKILL to one member, and waits for its end. */
    public void kill(int index) {
        members.get(index).kill();
    }

    /** Starts a member that was killed, with its old data. Does not wait for it. */
    public void start(int index) {
        start(index, "existing");
    }

    private void start(int index, String clusterState) {
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(options);
        command.addAll(EtcdArguments.cluster(members, clusterState, "life-" + lives));
        members.get(index).start(command, tls.isPresent());
    }

    /** SIGSTOP to one member. */
    public void freeze(int index) {
        members.get(index).process().signal("STOP");
    }

    /** SIGCONT to one member. */
    public void resume(int index) {
        members.get(index).process().signal("CONT");
    }

    /** Waits until a member answers clients. */
    public void awaitServing(int index) {
        EtcdMember member = members.get(index);
        Await.until(member.name + " serves", START_LIMIT, () -> {
            member.requireAlive();
            return admin(index).isServing();
        });
    }

    /** Waits until all members answer clients. */
    public void awaitServing() {
        IntStream.range(0, count()).forEach(this::awaitServing);
    }

    /** Kills all, starts them again with their data, and waits until they serve. */
    public void restart() {
        members.forEach(EtcdMember::kill);
        IntStream.range(0, count()).forEach(this::start);
        awaitServing();
    }

    /** Kills all, throws everything away, starts them again and waits until they serve. */
    public void startFromNothing() {
        members.forEach(EtcdMember::wipe);
        lives++;
        IntStream.range(0, count()).forEach(index -> start(index, "new"));
        awaitServing();
    }

    /** Throws away what one of several members has kept, and lets it join the others as a new one. Does not wait for it. */
    public void replace(int index) {
        EtcdAdmin other = admin((index + 1) % count());
        long id = admin(index).memberId();
        members.get(index).wipe();
        other.removeMember(id);
        other.addMember(members.get(index).peerUrl());
        start(index, "existing");
    }

    /** Turns authentication on, with a user {@code root} who may do everything and is the operator from now on. */
    public void enableAuth(String rootPassword) {
        admin(0).enableAuth(rootPassword);
        admins.forEach(admin -> admin.login(rootPassword));
    }

    @Override
    public void close() {
        admins.forEach(EtcdAdmin::close);
        members.forEach(EtcdMember::kill);
        EtcdMember.delete(directory);
    }
}
