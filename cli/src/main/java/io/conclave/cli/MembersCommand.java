package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.membership.GroupMembership;
import io.conclave.membership.Member;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the members of a group, or is one. */
@Command(
        name = "members",
        header = "Show the members of a group, or be one.",
        customSynopsis = {
            "conclave members PATH",
            "      conclave members PATH join NAME [--data TEXT] [--for TIME] [-- CMD [ARG...]]"
        },
        description =
                "Show who is in the group at PATH. With join: be its member NAME while CMD runs, or for a time, or until told to end (SIGTERM, SIGINT); others see it leave at once,"
                        + " and within a session time-out if it is killed.",
        footerHeading = "%n",
        footer = "Exit code: 0; with CMD that of CMD; 75 the name is taken, 69 store not reached.%n")
final class MembersCommand extends StoreCommand {
    private static final Duration JOIN_LIMIT = Duration.ofSeconds(10);

    @Parameters(index = "0", paramLabel = "PATH", description = "The group.")
    private String path = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "join", description = "Be a member.")
    private @Nullable String verb;

    @Parameters(index = "2", arity = "0..1", paramLabel = "NAME", description = "Its name.")
    private @Nullable String name;

    @Parameters(index = "3..*", arity = "0..*", paramLabel = "CMD", description = "A command to run as a member.")
    private List<String> command = List.of();

    @Option(names = "--data", paramLabel = "TEXT", description = "What the member tells of itself.")
    private String data = "";

    @Option(names = "--for", paramLabel = "TIME", description = "Leave after this time.")
    private @Nullable Duration limit;

    MembersCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        if (verb == null) {
            return show(checked);
        }
        if (!verb.equals("join") || name == null) {
            throw new IllegalArgumentException("after PATH comes nothing, or join and a NAME; not '" + verb + "'");
        }
        return join(checked, name);
    }

    private int show(String checked) throws InterruptedException {
        try (Conclave conclave = connectShared("members");
                GroupMembership group = GroupMembership.observe(conclave, checked)) {
            awaitMembers(group);
            List<Member> members = group.members();
            output().print(
                            members.isEmpty()
                                    ? "nobody is in " + checked
                                    : String.join(
                                            System.lineSeparator(),
                                            members.stream()
                                                    .map(MembersCommand::line)
                                                    .toList()),
                            Output.document()
                                    .with("path", checked)
                                    .with(
                                            "members",
                                            members.stream()
                                                    .map(MembersCommand::json)
                                                    .toList()));
        }
        return ExitCode.DONE;
    }

    private static String line(Member member) {
        String text = member.data().asUtf8();
        return text.isEmpty() ? member.name() : member.name() + "\t" + text.replaceAll("\\p{Cntrl}", "?");
    }

    private static Map<String, @Nullable Object> json(Member member) {
        return Output.document()
                .with("name", member.name())
                .with("data", member.data().asUtf8())
                .with("session", member.session())
                .with("joinedRevision", Long.toString(member.joinedRevision()))
                .fields();
    }

    private static void awaitMembers(GroupMembership group) throws InterruptedException {
        try {
            group.awaitMembers(JOIN_LIMIT);
        } catch (TimeoutException late) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE, "the members could not be read in time", "conclave ping tells more");
        }
    }

    private int join(String checked, String as) throws InterruptedException {
        try (Conclave conclave = connectShared("members")) {
            Stay stay = new Stay();
            try (GroupMembership group =
                    GroupMembership.join(conclave, checked, as, data.getBytes(StandardCharsets.UTF_8))) {
                awaitMember(group, as);
                if (command.isEmpty()) {
                    output().print(
                                    "joined " + checked + " as " + as,
                                    Output.document().with("path", checked).with("joined", as));
                }
                return stay.stay(command, limit, Map.of("CONCLAVE_MEMBER", as, "CONCLAVE_PATH", checked));
            } finally {
                stay.finished();
            }
        }
    }

    private static void awaitMember(GroupMembership group, String as) throws InterruptedException {
        try {
            group.awaitMember(JOIN_LIMIT);
        } catch (TimeoutException late) {
            throw new CommandFailure(
                    ExitCode.NOT_OBTAINED,
                    "'" + as + "' did not join within " + JOIN_LIMIT.toSeconds() + " s"
                            + group.failure()
                                    .map(why -> ": " + why.getMessage())
                                    .orElse(""),
                    "conclave members " + group.path() + " shows whether the name is taken");
        }
    }
}
