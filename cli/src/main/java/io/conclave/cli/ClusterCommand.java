package io.conclave.cli;

import io.conclave.backend.inmemory.MemberStatus;
import io.conclave.backend.inmemory.StoreCluster;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Groups the commands on the members of a replicated store. */
@Command(
        name = "cluster",
        header = "Show the members of a replicated store, or hand leadership over.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Ask the members of the replicated store that --backend inmemory://HOST:PORT,… names.")
final class ClusterCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing: status or transfer");
        }
    }

    private static final List<String> NUMBERS =
            List.of("term", "revision", "sessions", "nodes", "connections", "appliedIndex", "logBytes");

    private static Output.Document json(MemberStatus status) {
        Output.Document document =
                Output.document().with("address", status.address()).with("reached", status.isReached());
        if (!status.isReached()) {
            return document.with("trouble", status.trouble());
        }
        for (Map.Entry<String, String> fact : status.facts().entrySet()) {
            boolean number = NUMBERS.contains(fact.getKey()) || fact.getKey().equals("member");
            document.with(fact.getKey(), number ? (Object) Long.valueOf(fact.getValue()) : fact.getValue());
        }
        return document;
    }

    /** Shows all members. */
    @Command(
            name = "status",
            header = "Print how each member is.",
            description =
                    "Print a line for each member. Exit code 0 if one of them leads, 1 if members answer and none leads, 69 if none answers.")
    static final class Status extends StoreCommand {
        Status(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            List<MemberStatus> all = StoreCluster.of(backend()).status(options().connectTimeout());
            output().print(
                            table(all),
                            Output.document()
                                    .with("backend", backend().toString())
                                    .with(
                                            "members",
                                            all.stream()
                                                    .map(each -> json(each).fields())
                                                    .toList()));
            if (all.stream().anyMatch(MemberStatus::isLeading)) {
                return ExitCode.DONE;
            }
            return all.stream().anyMatch(MemberStatus::isReached) ? ExitCode.FAILED : ExitCode.UNREACHABLE;
        }

        private static String table(List<MemberStatus> all) {
            StringBuilder table =
                    new StringBuilder(row("MEMBER", "ADDRESS", "STATE", "TERM", "REVISION", "SESSIONS", "NODES"));
            for (MemberStatus each : all) {
                table.append(System.lineSeparator());
                if (each.isReached()) {
                    Map<String, String> facts = each.facts();
                    String state = facts.getOrDefault("state", "?")
                            + (each.isLeading() || !"leader".equals(facts.get("state")) ? "" : ", not serving yet");
                    table.append(row(
                            Integer.toString(each.member()),
                            each.address(),
                            state,
                            facts.getOrDefault("term", "?"),
                            facts.getOrDefault("revision", "?"),
                            facts.getOrDefault("sessions", "?"),
                            facts.getOrDefault("nodes", "?")));
                } else {
                    table.append(row("-", each.address(), "not reached: " + each.trouble(), "", "", "", ""));
                }
            }
            return table.toString();
        }

        private static String row(String... cells) {
            return String.format("%-7s %-22s %-10s %-6s %-20s %-9s %s", (Object[]) cells)
                    .stripTrailing();
        }
    }

    /** Hands leadership over. */
    @Command(
            name = "transfer",
            header = "Hand leadership over to a member.",
            description =
                    "Hand leadership over to a member, before its leader is stopped for maintenance, say. Sessions and grants live on. Does nothing if the member leads already.")
    static final class Transfer extends StoreCommand {
        @Parameters(paramLabel = "MEMBER", description = "The id of the member that is to lead.")
        private int member;

        Transfer(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            MemberStatus leader =
                    StoreCluster.of(backend()).transferTo(member, options().connectTimeout());
            output().print(
                            "member " + leader.member() + " leads, term "
                                    + leader.facts().getOrDefault("term", "?"),
                            json(leader));
            return ExitCode.DONE;
        }
    }
}
