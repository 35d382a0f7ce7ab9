package io.conclave.backend.etcd.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The arguments that all members have in common. */
final class EtcdArguments {
    private static final int HEARTBEAT_MILLIS = 50;
    private static final int ELECTION_MILLIS = 500;

    private EtcdArguments() {}

    static List<String> of(Optional<TlsFiles> tls, List<String> more) {
        List<String> all = new ArrayList<>();
        all.addAll(List.of("--heartbeat-interval", String.valueOf(HEARTBEAT_MILLIS)));
        all.addAll(List.of("--election-timeout", String.valueOf(ELECTION_MILLIS)));
        all.addAll(List.of("--logger", "zap", "--log-outputs", "stderr", "--log-level", "error"));
        // A member may come and go at once, no test pulls a plug, and nobody guesses passwords.
        all.addAll(List.of("--strict-reconfig-check=false", "--unsafe-no-fsync", "--bcrypt-cost", "4"));
        all.add("--enable-grpc-gateway=false");
        tls.ifPresent(files -> {
            all.addAll(List.of("--cert-file", files.certificate("server").toString()));
            all.addAll(List.of("--key-file", files.key("server").toString()));
            all.addAll(List.of("--trusted-ca-file", files.certificate("ca").toString(), "--client-cert-auth"));
        });
        all.addAll(more);
        return all;
    }

    /** Who belongs together; a member that has kept something knows better. */
    static List<String> cluster(List<EtcdMember> members, String state, String token) {
        String all = members.stream()
                .map(member -> member.name + "=" + member.peerUrl())
                .collect(Collectors.joining(","));
        return List.of("--initial-cluster", all, "--initial-cluster-state", state, "--initial-cluster-token", token);
    }
}
