package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Keeps the documentation true to the code. A {@code java} block of the README, {@code docs/recipes} and {@code docs/backends} is preceded by {@code <!-- snippet:
 * File.java#name -->} and equals the region between {@code // snippet:name} and {@code // end} of that example, without its indentation.
 */
class DocumentationTest {
    private static final Path ROOT = root();
    private static final Pattern MARK = Pattern.compile("<!-- snippet: ([A-Za-z]+\\.java)#([a-z]+) -->");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

    /** The pages whose code comes from the examples. */
    static List<Path> pagesWithSnippets() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md")));
        pages.addAll(markdownBelow(ROOT.resolve("docs/recipes")));
        pages.addAll(markdownBelow(ROOT.resolve("docs/backends")));
        return pages;
    }

    /** All pages for users. */
    static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(markdownBelow(ROOT.resolve("docs")));
        for (String name : List.of("README.md", "CHANGELOG.md", "SECURITY.md")) {
            pages.add(ROOT.resolve(name));
        }
        return pages;
    }

    @ParameterizedTest
    @MethodSource("pagesWithSnippets")
    void everyJavaBlockIsCutFromAnExample(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).equals("```java")) {
                Matcher mark = MARK.matcher(i == 0 ? "" : lines.get(i - 1));
                assertThat(mark.matches())
                        .as("line %d of %s names the snippet of the block below", i, page)
                        .isTrue();
                int end = i + 1 + lines.subList(i + 1, lines.size()).indexOf("```");
                assertThat(lines.subList(i + 1, end))
                        .as("the block at line %d of %s", i + 1, page)
                        .isEqualTo(snippet(mark.group(1), mark.group(2)));
            } else {
                assertThat(lines.get(i)).as("a block of another kind of Java").doesNotMatch(" *```[Jj]ava.*");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void everyRelativeLinkLeadsSomewhere(Path page) throws IOException {
        Matcher link = LINK.matcher(Files.readString(page));
        Path directory = page.toAbsolutePath().getParent();
        while (link.find()) {
            String target = link.group(1);
            if (!target.matches("[a-z]+:.*")) {
                assertThat(directory.resolve(target)).as("a link in %s", page).exists();
            }
        }
    }

    @Test
    void theReadmeIsShortAndBeginsWithCode() throws IOException {
        List<String> lines = Files.readAllLines(ROOT.resolve("README.md"));
        assertThat(lines.size()).isLessThanOrEqualTo(150);
        assertThat(lines.subList(0, 20)).contains("```java");
    }

    @Test
    void aSnippetThatWasChangedInOnePlaceOnlyIsNoticed() {
        List<String> source =
                List.of("class A {", "    // snippet:one", "    int a;", "", "        b();", "    // end", "}");
        assertThat(cut(source, "one")).containsExactly("int a;", "", "    b();");
        assertThat(cut(source, "two")).isEmpty();
    }

    private static List<String> snippet(String file, String name) {
        List<Path> found = new ArrayList<>();
        for (String tree : List.of("src/main/java", "src/test/java")) {
            Path candidate = ROOT.resolve("examples").resolve(tree).resolve("io/conclave/examples/" + file);
            if (Files.exists(candidate)) {
                found.add(candidate);
            }
        }
        assertThat(found).as("the example " + file).hasSize(1);
        try {
            List<String> region = cut(Files.readAllLines(found.get(0)), name);
            assertThat(region).as("the region " + name + " of " + file).isNotEmpty();
            return region;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The lines of a region without the indentation that its marks have; none if it is absent. */
    private static List<String> cut(List<String> source, String name) {
        List<String> region = new ArrayList<>();
        int indent = -1;
        for (String line : source) {
            if (line.strip().equals("// snippet:" + name)) {
                indent = line.indexOf("//");
            } else if (indent >= 0 && line.strip().equals("// end")) {
                return region;
            } else if (indent >= 0) {
                region.add(line.isBlank() ? "" : line.substring(indent));
            }
        }
        return indent >= 0 ? fail("the region " + name + " has no end") : region;
    }

    private static List<Path> markdownBelow(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }

    /** The directory of the project: the first one upwards that holds the examples. */
    private static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(directory.resolve("examples/src"))) {
            directory = directory.getParent();
        }
        return directory;
    }
}
