package io.conclave.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.opentest4j.TestAbortedException;

/** The kit finds every bug of {@link Bug}, names the broken rule, and accuses no rule that holds. */
final class KitSelfTest {
    private static final Pattern NUMBERED = Pattern.compile("^- \\*\\*([A-Z][0-9]+)\\*\\*");
    private static final Duration PATIENCE = Duration.ofSeconds(3);
    private static final List<Bug> DETECTED = new CopyOnWriteArrayList<>();
    private static final List<Bug> TRIED = new CopyOnWriteArrayList<>();

    /** The paragraphs of the specification, one a rule. */
    private static List<String> paragraphs() throws IOException {
        List<String> paragraphs = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("../docs/spec.md"))) {
            if (line.startsWith("# The contract of the recipes")) {
                break; // none of a backend's business
            }
            if (line.startsWith("- **")) {
                paragraphs.add(line);
            } else if (line.startsWith("  ") && !paragraphs.isEmpty()) {
                paragraphs.add(paragraphs.remove(paragraphs.size() - 1) + " " + line.trim());
            }
        }
        return paragraphs;
    }

    private static String number(String paragraph) {
        Matcher matcher = NUMBERED.matcher(paragraph);
        assertThat(matcher.find()).as("a rule's number in %s", paragraph).isTrue();
        return matcher.group(1);
    }

    @Test
    void knowsTheRulesOfTheSpecification() throws IOException {
        List<String> numbers = paragraphs().stream().map(KitSelfTest::number).toList();
        assertThat(Rules.numbers()).containsExactlyElementsOf(numbers);
        List<String> untestable = paragraphs().stream()
                .filter(paragraph -> paragraph.contains("*(untestable"))
                .map(KitSelfTest::number)
                .toList();
        assertThat(Rules.UNTESTABLE).containsExactlyInAnyOrderElementsOf(untestable);
    }

    @Test
    void hasACheckForEveryRule() {
        Set<String> checked = new TreeSet<>();
        Chapter.all().forEach(chapter -> chapter.checks().forEach(check -> checked.add(check.number())));
        Set<String> missing = new LinkedHashSet<>(Rules.numbers());
        missing.removeAll(Rules.UNTESTABLE);
        assertThat(checked).containsExactlyInAnyOrderElementsOf(missing);
    }

    @Test
    void hasABugForEveryRule() {
        Set<String> broken = new TreeSet<>();
        Stream.of(Bug.values()).filter(bug -> bug != Bug.NONE).forEach(bug -> broken.add(bug.rule()));
        Set<String> all = new TreeSet<>(Rules.numbers());
        all.removeAll(Rules.UNTESTABLE);
        assertThat(broken).isEqualTo(all);
    }

    @TestFactory
    @Execution(ExecutionMode.CONCURRENT)
    Stream<DynamicTest> findsTheBug() {
        String only = System.getProperty("conclave.tck.bug", "");
        return Stream.of(Bug.values())
                .filter(bug -> bug != Bug.NONE && (only.isEmpty() || bug.name().equals(only)))
                .map(bug -> DynamicTest.dynamicTest(bug + " breaks " + bug.rule(), () -> find(bug)));
    }

    private static void find(Bug bug) {
        TRIED.add(bug);
        Set<String> failed = new LinkedHashSet<>();
        List<RuleBroken> seen = new ArrayList<>();
        for (Chapter chapter : Chapter.all()) {
            for (RuleCheck check : chapter.checks()) {
                try {
                    check.run(new RefUnderTest(bug, PATIENCE));
                } catch (RuleBroken broken) {
                    failed.add(broken.number());
                    seen.add(broken);
                } catch (TestAbortedException skipped) {
                    assertThat(skipped.getMessage()).as(check.displayName()).isNotBlank();
                }
            }
        }
        assertThat(failed)
                .as("rules that the kit says are broken by %s: %s", bug, messages(seen))
                .contains(bug.rule());
        Set<String> allowed = new LinkedHashSet<>(bug.also());
        allowed.add(bug.rule());
        assertThat(allowed)
                .as("rules that %s may break: %s", bug, messages(seen))
                .containsAll(failed);
        assertThat(seen)
                .allSatisfy(broken -> assertThat(broken)
                        .hasMessageContaining("rule " + broken.number())
                        .hasMessageContaining(Rules.text(broken.number())));
        DETECTED.add(bug);
    }

    private static List<String> messages(List<RuleBroken> seen) {
        return seen.stream().map(Throwable::getMessage).toList();
    }

    @AfterAll
    static void scoreboard() {
        long exact = DETECTED.stream().filter(bug -> bug.also().isEmpty()).count();
        System.out.println("conformance kit: detected " + DETECTED.size() + "/" + TRIED.size() + " broken backends, "
                + exact + " of them by exactly one rule");
    }
}
