package io.conclave.cli;

import io.conclave.spi.BackendUrl;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Help;

/** Puts the commands together. */
final class Commands {
    private Commands() {}

    static CommandLine commandLine(GlobalOptions options) {
        Surroundings surroundings = options.surroundings();
        CommandLine epoch = new CommandLine(new EpochCommand())
                .addSubcommand(new EpochCommand.Show(options))
                .addSubcommand(new EpochCommand.Raise(options));
        CommandLine services = new CommandLine(new ServicesCommand())
                .addSubcommand(new ServicesCommand.ListAll(options))
                .addSubcommand(new ServicesCommand.Register(options));
        CommandLine config = new CommandLine(new ConfigCommand())
                .addSubcommand(new ConfigCommand.ListAll(options))
                .addSubcommand(new ConfigCommand.Get(options))
                .addSubcommand(new ConfigCommand.Set(options))
                .addSubcommand(new ConfigCommand.Unset(options));
        CommandLine cluster = new CommandLine(new ClusterCommand())
                .addSubcommand(new ClusterCommand.Status(options))
                .addSubcommand(new ClusterCommand.Transfer(options));
        return new CommandLine(options)
                .addSubcommand(new DemoCommand(options))
                .addSubcommand(new LockCommand(options))
                .addSubcommand(new RwLockCommand(options))
                .addSubcommand(new SemaphoreCommand(options))
                .addSubcommand(new ElectCommand(options))
                .addSubcommand(new BarrierCommand(options))
                .addSubcommand(new LatchCommand(options))
                .addSubcommand(new CounterCommand(options))
                .addSubcommand(new QueueCommand(options))
                .addSubcommand(new HoldersCommand(options))
                .addSubcommand(new BreakCommand(options))
                .addSubcommand(new MembersCommand(options))
                .addSubcommand(services)
                .addSubcommand(config)
                .addSubcommand(new LsCommand(options))
                .addSubcommand(new GetCommand(options))
                .addSubcommand(new PutCommand(options))
                .addSubcommand(new RmCommand(options))
                .addSubcommand(new StatCommand(options))
                .addSubcommand(new WatchCommand(options))
                .addSubcommand(new PingCommand(options))
                .addSubcommand(epoch)
                .addSubcommand(new ServerCommand(options))
                .addSubcommand(cluster)
                .addSubcommand(new DemoWorkerCommand(options))
                .registerConverter(Duration.class, text -> BackendUrl.parseDuration("time", text))
                .setColorScheme(Help.defaultColorScheme(surroundings.terminal() ? Help.Ansi.ON : Help.Ansi.OFF))
                .setUsageHelpAutoWidth(true)
                .setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8));
    }
}
