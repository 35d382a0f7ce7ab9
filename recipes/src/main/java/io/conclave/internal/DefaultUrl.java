package io.conclave.internal;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Where the backend's URL comes from when the code names none. */
public final class DefaultUrl {
    /** The system property, and the key in the properties file. */
    public static final String PROPERTY = "conclave.backend";
    /** The environment variable. */
    public static final String VARIABLE = "CONCLAVE_BACKEND";
    /** The file on the class path. */
    public static final String FILE = "conclave.properties";

    private DefaultUrl() {}

    /** The URL of the first source that has one. */
    public static String find() {
        return find(System.getProperty(PROPERTY), System.getenv(VARIABLE), fromClassPath());
    }

    static String find(@Nullable String property, @Nullable String variable, @Nullable String file) {
        for (String candidate : new @Nullable String[] {property, variable, file}) {
            if (candidate != null && !candidate.isBlank()) {
                return candidate.trim();
            }
        }
        throw new IllegalStateException("no backend is configured: set the system property " + PROPERTY
                + ", the environment variable " + VARIABLE + ", or the key " + PROPERTY + " in " + FILE
                + " on the class path");
    }

    private static @Nullable String fromClassPath() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        ClassLoader loader = context != null ? context : DefaultUrl.class.getClassLoader();
        try (InputStream in = loader.getResourceAsStream(FILE)) {
            if (in == null) {
                return null;
            }
            Properties properties = new Properties();
            properties.load(in);
            return properties.getProperty(PROPERTY);
        } catch (IOException unreadable) {
            throw new IllegalStateException(FILE + " on the class path cannot be read", unreadable);
        }
    }
}
