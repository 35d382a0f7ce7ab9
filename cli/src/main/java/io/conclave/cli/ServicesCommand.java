package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.discovery.ServiceInstance;
import io.conclave.discovery.ServiceRegistration;
import io.conclave.discovery.ServiceRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Groups the commands on services. */
@Command(
        name = "services",
        header = "Show services and register instances.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Show the services below a path and their instances, or register an instance.")
final class ServicesCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing: list or register");
        }
    }

    private static Map<String, @Nullable Object> json(ServiceInstance instance) {
        return Output.document()
                .with("service", instance.service())
                .with("id", instance.id())
                .with("address", instance.address())
                .with("port", instance.port())
                .with("weight", instance.weight())
                .with("attributes", instance.attributes())
                .fields();
    }

    /** Lists. */
    @Command(
            name = "list",
            header = "Print the services, or the instances of one.",
            description =
                    "Print the names of the services at PATH, or a line ADDRESS:PORT, id, weight and attributes for each instance of SERVICE.")
    static final class ListAll extends StoreCommand {
        @Parameters(index = "0", paramLabel = "PATH", description = "The registry.")
        private String path = "";

        @Parameters(index = "1", arity = "0..1", paramLabel = "SERVICE", description = "The service.")
        private @Nullable String service;

        ListAll(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            String checked = node(path);
            try (Conclave conclave = connectShared("services list")) {
                ServiceRegistry registry = ServiceRegistry.of(conclave, checked);
                if (service == null) {
                    List<String> names = registry.services();
                    print(names, Output.document().with("path", checked).with("services", names));
                } else {
                    List<ServiceInstance> instances = registry.instances(service);
                    print(
                            instances.stream().map(ListAll::line).toList(),
                            Output.document()
                                    .with("path", checked)
                                    .with("service", service)
                                    .with(
                                            "instances",
                                            instances.stream()
                                                    .map(ServicesCommand::json)
                                                    .toList()));
                }
            }
            return ExitCode.DONE;
        }

        private void print(List<String> lines, Output.Document document) {
            if (!lines.isEmpty() || output().isJson()) {
                output().print(String.join(System.lineSeparator(), lines), document);
            }
        }

        private static String line(ServiceInstance instance) {
            return (instance.address() + ":" + instance.port() + "\t" + instance.id() + "\t" + instance.weight() + "\t"
                            + instance.attributes())
                    .replaceAll("[\\p{Cntrl}&&[^\t]]", "?");
        }
    }

    /** Registers. */
    @Command(
            name = "register",
            header = "Register an instance.",
            customSynopsis =
                    "conclave services register PATH SERVICE ID ADDRESS PORT [--weight N] [--attribute K=V]... [--for TIME] [-- CMD [ARG...]]",
            description = "Register an instance while CMD runs, or for a time, or until told to end (SIGTERM, SIGINT).",
            footerHeading = "%n",
            footer = "Exit code: 0; with CMD that of CMD; 75 the id is taken, 69 store not reached.%n")
    static final class Register extends StoreCommand {
        private static final Duration LIMIT = Duration.ofSeconds(10);

        @Parameters(index = "0", paramLabel = "PATH", description = "The registry.")
        private String path = "";

        @Parameters(index = "1", paramLabel = "SERVICE", description = "The service.")
        private String service = "";

        @Parameters(index = "2", paramLabel = "ID", description = "The instance's id.")
        private String id = "";

        @Parameters(index = "3", paramLabel = "ADDRESS", description = "Its address.")
        private String address = "";

        @Parameters(index = "4", paramLabel = "PORT", description = "Its port.")
        private int port;

        @Parameters(index = "5..*", arity = "0..*", paramLabel = "CMD", description = "The command to run meanwhile.")
        private List<String> command = List.of();

        @Option(names = "--weight", defaultValue = "1", paramLabel = "N", description = "Its weight. Default: 1.")
        private int weight = 1;

        @Option(names = "--attribute", paramLabel = "K=V", description = "An attribute; may be repeated.")
        private Map<String, String> attributes = new TreeMap<>();

        @Option(names = "--for", paramLabel = "TIME", description = "End after this time.")
        private @Nullable Duration limit;

        Register(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            String checked = node(path);
            ServiceInstance instance = new ServiceInstance(service, id, address, port, weight, attributes);
            try (Conclave conclave = connectShared("services register")) {
                Stay stay = new Stay();
                try (ServiceRegistration registration =
                        ServiceRegistry.of(conclave, checked).register(instance)) {
                    await(registration);
                    if (command.isEmpty()) {
                        output().print(
                                        "registered " + id + " of " + service,
                                        Output.document().with("registered", json(instance)));
                    }
                    return stay.stay(command, limit, Map.of("CONCLAVE_SERVICE", service, "CONCLAVE_INSTANCE", id));
                } finally {
                    stay.finished();
                }
            }
        }

        private void await(ServiceRegistration registration) throws InterruptedException {
            try {
                registration.awaitRegistered(LIMIT);
            } catch (TimeoutException late) {
                throw new CommandFailure(
                        ExitCode.NOT_OBTAINED,
                        "'" + id + "' was not registered within " + LIMIT.toSeconds() + " s"
                                + registration
                                        .failure()
                                        .map(why -> ": " + why.getMessage())
                                        .orElse(""),
                        "conclave services list " + path + " " + service + " shows whether the id is taken");
            }
        }
    }
}
