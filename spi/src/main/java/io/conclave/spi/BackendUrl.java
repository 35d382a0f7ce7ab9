package io.conclave.spi;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URL that picks and configures a backend: {@code scheme://host:port,host:port/namespace?name=value&name=value}, or {@code
 * scheme:name?…} for a backend inside the process. Credentials are never part of it.
 */
public final class BackendUrl {
    /** The most hosts of one URL. */
    public static final int MAX_HOSTS = 100;

    private static final Pattern SHAPE =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):(//([^/?]*)(/[^?]*)?|[^?]*)(\\?(.*))?");
    private static final Pattern HOST = Pattern.compile("(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(:([0-9]{1,9}))?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{0,64}");
    private static final Pattern TIME = Pattern.compile("([0-9]{1,12})(ms|s|m|h)");

    private final String text;
    private final String scheme;
    private final String name;
    private final List<String> hosts;
    private final NodePath namespace;
    private final Map<String, String> parameters;

    private BackendUrl(
            String text,
            String scheme,
            String name,
            List<String> hosts,
            NodePath namespace,
            Map<String, String> parameters) {
        this.text = text;
        this.scheme = scheme;
        this.name = name;
        this.hosts = hosts;
        this.namespace = namespace;
        this.parameters = parameters;
    }

    /**
     * Parses a URL.
     *
     * @throws IllegalArgumentException naming the part that is wrong; a password that was put there by mistake is not repeated
     */
    public static BackendUrl parse(String text) {
        Objects.requireNonNull(text, "url");
        if (text.isBlank()) {
            throw new IllegalArgumentException("the backend URL is empty; an example: zookeeper://host:2181/app");
        }
        Matcher shape = SHAPE.matcher(text);
        if (!shape.matches()) {
            throw new IllegalArgumentException("not a backend URL: it must look like scheme://host:port/namespace");
        }
        String scheme = shape.group(1).toLowerCase(Locale.ROOT);
        Map<String, String> parameters = parseParameters(shape.group(6));
        if (shape.group(3) == null) {
            String name = shape.group(2);
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException("store name of a '" + scheme
                        + ":' URL is not at most 64 of A-Z a-z 0-9 . _ - (did you mean " + scheme + "://host:port?)");
            }
            return new BackendUrl(text, scheme, name, List.of(), NodePath.root(), parameters);
        }
        List<String> hosts = parseHosts(shape.group(3));
        return new BackendUrl(text, scheme, "", hosts, parseNamespace(shape.group(4)), parameters);
    }

    private static List<String> parseHosts(String list) {
        if (list.contains("@")) {
            throw new IllegalArgumentException(
                    "credentials do not belong into the URL: use the options, a credentials file or the environment");
        }
        Set<String> hosts = new LinkedHashSet<>();
        String[] parts = list.split(",", -1);
        if (parts.length > MAX_HOSTS) {
            throw new IllegalArgumentException(parts.length + " hosts are more than the " + MAX_HOSTS + " allowed");
        }
        for (String host : parts) {
            if (!hosts.add(requireHost(host))) {
                throw new IllegalArgumentException("host '" + host + "' is named twice");
            }
        }
        return List.copyOf(hosts);
    }

    /**
     * Checks one {@code host}, {@code host:port} or {@code [address]:port}, and returns it.
     *
     * @throws IllegalArgumentException if it has another form or a port outside 1 to 65535
     */
    public static String requireHost(String host) {
        Matcher matcher = HOST.matcher(host);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + host + "' is not of the form host or host:port");
        }
        String port = matcher.group(3);
        if (port != null && (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65_535)) {
            throw new IllegalArgumentException("port " + port + " of host '" + host + "' is not in 1 to 65535");
        }
        return host;
    }

    private static NodePath parseNamespace(String path) {
        return path == null || path.isEmpty() ? NodePath.root() : NodePath.of(path);
    }

    private static Map<String, String> parseParameters(String query) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (query == null || query.isEmpty()) {
            return parameters;
        }
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("URL parameter '" + pair + "' is not of the form name=value");
            }
            String key = pair.substring(0, equals);
            String value = URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
            if (parameters.put(key, value) != null) {
                throw new IllegalArgumentException("URL parameter '" + key + "' is given twice");
            }
        }
        return Collections.unmodifiableMap(parameters);
    }

    /** The scheme in lower case. */
    public String scheme() {
        return scheme;
    }

    /** The name in {@code scheme:name}; empty if there is none. */
    public String name() {
        return name;
    }

    /** The hosts as they stand, each {@code host} or {@code host:port}; none for {@code scheme:name}. */
    public List<String> hosts() {
        return hosts;
    }

    /** The hosts with a port each. */
    public List<String> hostsWithPort(int defaultPort) {
        List<String> complete = new ArrayList<>();
        for (String host : hosts) {
            Matcher matcher = HOST.matcher(host);
            complete.add(matcher.matches() && matcher.group(3) != null ? host : host + ":" + defaultPort);
        }
        return complete;
    }

    /** The directory in the store under which everything happens. */
    public NodePath namespace() {
        return namespace;
    }

    /** The parameters in their order. */
    public Map<String, String> parameters() {
        return parameters;
    }

    /** One parameter. */
    public Optional<String> parameter(String key) {
        return Optional.ofNullable(parameters.get(key));
    }

    /** One parameter read as a time such as {@code 500ms}, {@code 10s}, {@code 2m} or {@code 1h}. */
    public Optional<Duration> duration(String key) {
        return parameter(key).map(value -> parseDuration(key, value));
    }

    /** Reads a time such as {@code 500ms}, {@code 10s}, {@code 2m} or {@code 1h}; {@code what} names it in the complaint. */
    public static Duration parseDuration(String what, String value) {
        Matcher matcher = TIME.matcher(value.trim());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(what + "='" + value + "' is not a time such as 500ms, 10s, 2m or 1h");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }

    /**
     * Refuses parameters that nobody knows.
     *
     * @throws IllegalArgumentException naming the unknown parameter and the known one that is spelt most like it
     */
    public void requireKnownParameters(Collection<String> known) {
        for (String key : parameters.keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException("unknown URL parameter '" + key + "': " + suggest(key, known));
            }
        }
    }

    /** What to say of a word that is not among the known ones: the nearest, or all of them. */
    public static String suggest(String word, Collection<String> known) {
        String best = "";
        int least = Math.max(2, word.length() / 2) + 1;
        for (String candidate : new TreeSet<>(known)) {
            int distance = editDistance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return best.isEmpty() ? "known are " + new TreeSet<>(known) : "did you mean '" + best + "'?";
    }

    private static int editDistance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BackendUrl that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The URL as it was given. */
    @Override
    public String toString() {
        return text;
    }
}
