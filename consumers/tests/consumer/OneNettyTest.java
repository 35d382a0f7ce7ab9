package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Netty as this class path has it: each of its jars says which artifact it is, and of which version. */
class OneNettyTest {
    private static final ClassLoader CLASS_PATH = OneNettyTest.class.getClassLoader();

    @Test
    void noArtifactOfNettyIsThereInTwoVersions() throws IOException {
        Map<String, List<String>> versions = versions();
        assertTrue(versions.containsKey("netty-handler"), () -> "artifacts: " + versions);
        versions.forEach((artifact, all) -> assertEquals(1, all.size(), () -> artifact + " in versions " + all));
    }

    @Test
    void allArtifactsOfNettyAreOfOneVersion() throws IOException {
        Map<String, List<String>> versions = versions();
        versions.keySet().removeIf(artifact -> artifact.startsWith("netty-tcnative")); // counted on its own
        Set<String> different = versions.values().stream().flatMap(List::stream).collect(Collectors.toSet());
        assertEquals(1, different.size(), versions::toString);
        System.out.println("FIGURES Netty of this class path: " + different + ", artifacts: " + versions.keySet());
    }

    @Test
    void theNettyOfGrpcIsOneOfItsOwn() throws IOException {
        Set<String> common = jars("io/netty/util/Version.class");
        Set<String> shaded = jars("io/grpc/netty/shaded/io/netty/util/Version.class");
        assertEquals(1, common.size(), common::toString);
        assertEquals(1, shaded.size(), shaded::toString);
        assertNotEquals(common, shaded);
        Set<String> either = jars("META-INF/io.netty.versions.properties");
        assertTrue(Collections.disjoint(either, shaded), () -> "jars of Netty's own: " + either);
    }

    /** Artifact to the version of each jar that has it. */
    private static Map<String, List<String>> versions() throws IOException {
        Map<String, List<String>> versions = new TreeMap<>();
        for (URL description : Collections.list(CLASS_PATH.getResources("META-INF/io.netty.versions.properties"))) {
            Properties properties = new Properties();
            try (InputStream in = description.openStream()) {
                properties.load(in);
            }
            for (String key : properties.stringPropertyNames()) {
                if (key.endsWith(".version")) {
                    versions.computeIfAbsent(
                                    key.substring(0, key.length() - ".version".length()), a -> new ArrayList<>())
                            .add(properties.getProperty(key));
                }
            }
        }
        return versions;
    }

    private static Set<String> jars(String resource) throws IOException {
        Set<String> jars = new TreeSet<>();
        for (URL found : Collections.list(CLASS_PATH.getResources(resource))) {
            jars.add(((JarURLConnection) found.openConnection()).getJarFileURL().toString());
        }
        return jars;
    }
}
