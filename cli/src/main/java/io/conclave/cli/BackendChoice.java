package io.conclave.cli;

import io.conclave.spi.BackendUrl;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Which backend a command talks to: the option, else what {@link io.conclave.Conclave#connect()} would take, else a store in this process. */
final class BackendChoice {
    private static final String PROPERTY = "conclave.backend";
    private static final String VARIABLE = "CONCLAVE_BACKEND";
    private static final String FILE = "conclave.properties";
    private static final String DEFAULT = "inmemory:";

    private BackendChoice() {}

    static BackendUrl of(GlobalOptions options) {
        @Nullable
        String[] candidates = {
            options.backend(),
            System.getProperty(PROPERTY),
            options.surroundings().environment().get(VARIABLE),
            fromClassPath()
        };
        for (String candidate : candidates) {
            if (candidate != null && (candidate.equals(options.backend()) || !candidate.isBlank())) {
                return BackendUrl.parse(candidate.trim());
            }
        }
        return BackendUrl.parse(DEFAULT);
    }

    /** True if nobody but this process can reach the store. */
    static boolean isPrivate(BackendUrl url, Surroundings surroundings) {
        boolean embedded = url.scheme().equals("inmemory") && url.hosts().isEmpty();
        return embedded && (surroundings.ownProcess() || url.name().isEmpty());
    }

    private static @Nullable String fromClassPath() {
        try (InputStream in = BackendChoice.class.getClassLoader().getResourceAsStream(FILE)) {
            if (in == null) {
                return null;
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty(PROPERTY);
        } catch (IOException unreadable) {
            throw new CommandFailure(
                    ExitCode.USAGE, FILE + " on the class path cannot be read", "name the store with --backend");
        }
    }
}
