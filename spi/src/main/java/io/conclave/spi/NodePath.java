package io.conclave.spi;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * An absolute, validated path such as {@code /locks/orders} (rules N1 and N2). Paths are compared exactly, character by
 * character: two Unicode spellings of the same letter are two paths.
 *
 * <p>A segment has 1 to {@value #MAX_SEGMENT_BYTES} bytes of UTF-8 and is neither {@code .} nor {@code ..}; it holds no
 * slash, no control character (U+0000–U+001F, U+007F–U+009F), no surrogate, no private-use character (U+E000–U+F8FF) and
 * nothing of U+FFF0–U+FFFF: what one backend refuses, all refuse. The whole path has at most {@value #MAX_PATH_BYTES} bytes.
 */
public final class NodePath implements Comparable<NodePath> {
    /** Most bytes, in UTF-8, of one segment. */
    public static final int MAX_SEGMENT_BYTES = 255;
    /** Most bytes, in UTF-8, of a whole path. */
    public static final int MAX_PATH_BYTES = 4096;

    private static final NodePath ROOT = new NodePath("/");

    private final String text;

    private NodePath(String text) {
        this.text = text;
    }

    /** The path of the namespace itself. It is a directory and never a node. */
    public static NodePath root() {
        return ROOT;
    }

    /**
     * Parses an absolute path; {@code "/"} is the root.
     *
     * @throws IllegalArgumentException naming the path and the rule that it breaks
     */
    public static NodePath of(String text) {
        Objects.requireNonNull(text, "path");
        if (text.equals("/")) {
            return ROOT;
        }
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("path " + quote(text) + " is not absolute: it must start with '/'");
        }
        if (text.endsWith("/")) {
            throw new IllegalArgumentException("path " + quote(text) + " ends with '/'");
        }
        int start = 1;
        while (start <= text.length()) {
            int slash = text.indexOf('/', start);
            int end = slash < 0 ? text.length() : slash;
            requireSegment(text.substring(start, end), text);
            start = end + 1;
        }
        requireLength(text);
        return new NodePath(text);
    }

    /** The path of the node {@code segment} in this directory. */
    public NodePath child(String segment) {
        Objects.requireNonNull(segment, "segment");
        if (segment.indexOf('/') >= 0) {
            throw new IllegalArgumentException("segment " + quote(segment) + " holds a '/'");
        }
        requireSegment(segment, segment);
        String joined = isRoot() ? "/" + segment : text + "/" + segment;
        requireLength(joined);
        return new NodePath(joined);
    }

    /** This path seen from below {@code prefix}: the path that starts with the prefix and goes on with this one. */
    public NodePath under(NodePath prefix) {
        if (prefix.isRoot()) {
            return this;
        }
        if (isRoot()) {
            return prefix;
        }
        requireLength(prefix.text + text);
        return new NodePath(prefix.text + text);
    }

    /** The directory of this node. The root has none: {@link IllegalStateException}. */
    public NodePath parent() {
        if (isRoot()) {
            throw new IllegalStateException("the root has no parent");
        }
        int slash = text.lastIndexOf('/');
        return slash == 0 ? ROOT : new NodePath(text.substring(0, slash));
    }

    /** The last segment; empty for the root. */
    public String name() {
        return text.substring(text.lastIndexOf('/') + 1);
    }

    /** True for the path {@code /}. */
    public boolean isRoot() {
        return text.length() == 1;
    }

    /** The segments from the top, without slashes; none for the root. */
    public List<String> segments() {
        return isRoot() ? List.of() : List.of(text.substring(1).split("/", -1));
    }

    /** The directories above this node from the top down, the root left out; empty for a node at the top. */
    public List<NodePath> ancestors() {
        List<NodePath> above = new ArrayList<>();
        for (NodePath path = this; !path.isRoot() && !path.parent().isRoot(); path = path.parent()) {
            above.add(path.parent());
        }
        Collections.reverse(above);
        return above;
    }

    /** True if this path is {@code prefix} or lies below it. {@code /app2} does not start with {@code /app}. */
    public boolean startsWith(NodePath prefix) {
        return prefix.isRoot() || text.equals(prefix.text) || text.startsWith(prefix.text + "/");
    }

    /** How many segments this path, which starts with {@code prefix}, has more than it. */
    public int levelsBelow(NodePath prefix) {
        return levels() - prefix.levels();
    }

    private int levels() {
        int levels = 0;
        for (int i = isRoot() ? text.length() : 0; i < text.length(); i++) {
            if (text.charAt(i) == '/') {
                levels++;
            }
        }
        return levels;
    }

    private static void requireSegment(String segment, String whole) {
        if (segment.isEmpty()) {
            throw new IllegalArgumentException("path " + quote(whole) + " has an empty segment");
        }
        if (segment.equals(".") || segment.equals("..")) {
            throw new IllegalArgumentException("path " + quote(whole) + " has the relative segment '" + segment + "'");
        }
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (isForbidden(c)) {
                throw new IllegalArgumentException(String.format(
                        "path %s holds the character U+%04X, which is not allowed in a path", quote(whole), (int) c));
            }
        }
        int bytes = segment.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_SEGMENT_BYTES) {
            throw new IllegalArgumentException("segment " + quote(segment) + " has " + bytes + " bytes, more than the "
                    + MAX_SEGMENT_BYTES + " allowed");
        }
    }

    private static void requireLength(String whole) {
        int bytes = whole.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_PATH_BYTES) {
            throw new IllegalArgumentException(
                    "path " + quote(whole) + " has " + bytes + " bytes, more than the " + MAX_PATH_BYTES + " allowed");
        }
    }

    private static boolean isForbidden(char c) {
        return c <= '\u001f' || (c >= '\u007f' && c <= '\u009f') || (c >= '\ud800' && c <= '\uf8ff') || c >= '\ufff0';
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("'");
        int shown = Math.min(text.length(), 80);
        for (int i = 0; i < shown; i++) {
            char c = text.charAt(i);
            quoted.append(isForbidden(c) ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return quoted.append(shown < text.length() ? "…'" : "'").toString();
    }

    @Override
    public int compareTo(NodePath other) {
        return text.compareTo(other.text);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NodePath that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /** The path as text; {@link #of(String)} reads it back. */
    @Override
    public String toString() {
        return text;
    }
}
