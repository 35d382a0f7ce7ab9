package io.conclave.cli;

import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;

/** The entry point of the {@code conclave} command. */
public final class Main {
    /** Kept here: what nobody holds on to forgets its level. */
    private static final Logger GRPC_LOG = Logger.getLogger("io.grpc");

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        configureLogging(Arrays.asList(args));
        Surroundings surroundings = Surroundings.ofProcess();
        int exitCode = run(surroundings, args);
        surroundings.out().flush();
        surroundings.err().flush();
        System.exit(exitCode);
    }

    /** Runs one command in this process and returns its exit code. */
    static int run(Surroundings surroundings, String... args) {
        GlobalOptions options = new GlobalOptions(surroundings);
        CommandLine commandLine = Commands.commandLine(options);
        Failures failures = new Failures(options);
        commandLine.setParameterExceptionHandler(failures);
        commandLine.setExecutionExceptionHandler(failures);
        return commandLine.execute(args);
    }

    /** Log lines go to stderr: errors only (of a server each change of its state), and nothing of the clients of ZooKeeper and etcd, whose errors come back as exceptions anyway. */
    private static void configureLogging(Iterable<String> args) {
        boolean verbose = false;
        boolean server = false;
        for (String arg : args) {
            if (arg.equals("--")) {
                break;
            }
            verbose |= arg.equals("--verbose");
            server |= arg.equals("server");
        }
        if (server) { // whoever runs a member wants to know how it is
            setDefault("org.slf4j.simpleLogger.log.io.conclave.backend.inmemory", "info");
            setDefault("org.slf4j.simpleLogger.log.io.conclave.backend.inmemory.log", verbose ? "info" : "warn");
            setDefault("org.slf4j.simpleLogger.showDateTime", "true");
            setDefault("org.slf4j.simpleLogger.dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSZ");
        }
        setDefault("org.slf4j.simpleLogger.log.com.alipay", verbose ? "info" : "off");
        setDefault("org.slf4j.simpleLogger.defaultLogLevel", verbose ? "info" : "error");
        setDefault("org.slf4j.simpleLogger.log.org.apache.zookeeper", verbose ? "info" : "off");
        GRPC_LOG.setLevel(verbose ? Level.INFO : Level.OFF);
        setDefault("org.slf4j.simpleLogger.showThreadName", "false");
        setDefault("org.slf4j.simpleLogger.showShortLogName", "true");
    }

    private static void setDefault(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}
