package io.conclave.it;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The arrows between the modules, and what recipes and signatures must not contain. */
final class ArchitectureTest {
    private static final String SPI = "io.conclave.spi..";
    private static final String TCK = "io.conclave.tck..";
    private static final String HISTORIES = "io.conclave.histories..";
    private static final String BACKENDS = "io.conclave.backend..";
    private static final List<String> BACKEND_NAMES = List.of("inmemory", "zookeeper", "etcd");
    private static final List<String> FAMILIES = List.of(
            "lock",
            "leader",
            "fencing",
            "counter",
            "barrier",
            "semaphore",
            "queue",
            "membership",
            "cache",
            "discovery",
            "config");

    /** Families that stand on others, and why: docs/architecture.md. */
    private static final Map<String, Set<String>> STANDS_ON =
            Map.of("discovery", Set.of("membership", "cache"), "config", Set.of("cache"));

    private static final String[] FAMILY_PACKAGES =
            FAMILIES.stream().map(family -> "io.conclave." + family + "..").toArray(String[]::new);
    private static final String[] RECIPES = with(FAMILY_PACKAGES, "io.conclave", "io.conclave.internal..");

    /** Makes the threads on which users' code runs if they give no executor: no recipe runs on them. */
    private static final DescribedPredicate<JavaClass> USER_THREADS =
            describe("user threads", type -> type.getName().startsWith("io.conclave.internal.UserThreads"));

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .withImportOption(location -> !location.contains("/io/conclave/it/"))
                .withImportOption(location -> !location.contains("-tests.jar"))
                .importPackages("io.conclave");
    }

    @Test
    void everyModuleIsSeen() {
        Set<String> packages = new LinkedHashSet<>();
        all.forEach(type -> packages.add(type.getPackageName()));
        assertThat(packages)
                .contains(
                        "io.conclave",
                        "io.conclave.spi",
                        "io.conclave.tck",
                        "io.conclave.histories",
                        "io.conclave.lock",
                        "io.conclave.leader",
                        "io.conclave.fencing",
                        "io.conclave.counter",
                        "io.conclave.barrier",
                        "io.conclave.semaphore",
                        "io.conclave.internal",
                        "io.conclave.backend.inmemory",
                        "io.conclave.backend.zookeeper",
                        "io.conclave.backend.etcd",
                        "io.conclave.cli");
    }

    @TestFactory
    List<DynamicTest> theContractSeesNobody() {
        return List.of(
                test(noClasses()
                        .that(resideInAPackage(SPI))
                        .should()
                        .dependOnClassesThat(resideInAPackage("io.conclave..").and(not(SPI)))),
                test(classes()
                        .that(resideInAPackage(SPI))
                        .should()
                        .onlyDependOnClassesThat(resideInAnyPackage("java..", SPI, "org.jspecify.."))),
                test(noClasses()
                        .that(resideInAPackage(TCK))
                        .should()
                        .dependOnClassesThat(resideInAPackage("io.conclave..").and(not(SPI, TCK)))));
    }

    @Test
    void historiesSeeNobody() {
        classes()
                .that(resideInAPackage(HISTORIES))
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage("java..", HISTORIES, "org.jspecify.."))
                .check(all);
    }

    @TestFactory
    List<DynamicTest> recipesAndBackendsSeeOnlyTheContract() {
        List<DynamicTest> tests = new ArrayList<>();
        tests.add(test(noClasses()
                .that(resideInAnyPackage(RECIPES))
                .should()
                .dependOnClassesThat(resideInAnyPackage(
                        BACKENDS, TCK, HISTORIES, "io.conclave.cli..", "org.apache.zookeeper..", "io.etcd.."))));
        for (String backend : BACKEND_NAMES) {
            String own = "io.conclave.backend." + backend + "..";
            tests.add(test(noClasses()
                    .that(resideInAPackage(own))
                    .should()
                    .dependOnClassesThat(resideInAPackage("io.conclave..").and(not(SPI, own)))
                    .allowEmptyShould(true)));
        }
        return tests;
    }

    @TestFactory
    List<DynamicTest> familiesDoNotSeeEachOther() {
        List<DynamicTest> tests = new ArrayList<>();
        for (String family : FAMILIES) {
            String[] others = FAMILIES.stream()
                    .filter(other -> !other.equals(family))
                    .filter(other -> !STANDS_ON.getOrDefault(family, Set.of()).contains(other))
                    .map(other -> "io.conclave." + other + "..")
                    .toArray(String[]::new);
            tests.add(test(noClasses()
                    .that(resideInAPackage("io.conclave." + family + ".."))
                    .should()
                    .dependOnClassesThat(resideInAnyPackage(others))));
        }
        tests.add(test(noClasses()
                .that(resideInAnyPackage("io.conclave", "io.conclave.internal.."))
                .should()
                .dependOnClassesThat(resideInAnyPackage(FAMILY_PACKAGES))));
        return tests;
    }

    @TestFactory
    List<DynamicTest> recipesOwnNeitherTimeNorThreads() {
        DescribedPredicate<JavaClass> recipes = resideInAnyPackage(RECIPES);
        return List.of(test(noClockOf(recipes)), test(noThreadOf(recipes.and(DescribedPredicate.not(USER_THREADS)))));
    }

    @Test
    void theRulesOnTimeAndThreadsSeeWhatTheyForbid() {
        for (Class<?> offender : List.of(ReadsClock.class, Sleeps.class)) {
            JavaClasses planted = new ClassFileImporter().importClasses(offender);
            assertThatThrownBy(() -> noClockOf(resideInAPackage("..")).check(planted))
                    .as(offender.getSimpleName())
                    .isInstanceOf(AssertionError.class);
        }
        for (Class<?> offender : List.of(StartsThread.class, UsesPool.class, MakesPool.class)) {
            JavaClasses planted = new ClassFileImporter().importClasses(offender);
            assertThatThrownBy(() -> noThreadOf(resideInAPackage("..")).check(planted))
                    .as(offender.getSimpleName())
                    .isInstanceOf(AssertionError.class);
        }
    }

    static final class ReadsClock {
        static final java.util.function.LongSupplier CLOCK = System::nanoTime;
    }

    static final class Sleeps {
        static void sleep() {
            LockSupport.parkNanos(1);
        }
    }

    static final class StartsThread {
        static final java.util.function.Function<Runnable, Thread> THREADS = Thread::new;
    }

    static final class UsesPool {
        static CompletableFuture<Void> run() {
            return CompletableFuture.runAsync(() -> {});
        }
    }

    static final class MakesPool {
        static final java.util.function.Supplier<ExecutorService> POOLS = Executors::newCachedThreadPool;
    }

    private static ArchRule noClockOf(DescribedPredicate<JavaClass> who) {
        return noClasses()
                .that(who)
                .should()
                .accessTargetWhere(describe("it is the machine's clock", ArchitectureTest::readsClock))
                .orShould()
                .accessTargetWhere(describe("a thread sleeps or parks for a time", ArchitectureTest::sleeps));
    }

    private static ArchRule noThreadOf(DescribedPredicate<JavaClass> who) {
        return noClasses()
                .that(who)
                .should()
                .accessTargetWhere(describe("a thread, pool or timer is made", ArchitectureTest::makesThread))
                .orShould()
                .accessTargetWhere(describe("a pool is made or the common one used", ArchitectureTest::usesPool));
    }

    private static boolean readsClock(JavaAccess<?> access) {
        return uses(access, System.class, "nanoTime|currentTimeMillis")
                || (access.getTargetOwner().getPackageName().equals("java.time")
                        && access.getName().matches("now|system.*|tick.*"));
    }

    private static boolean sleeps(JavaAccess<?> access) {
        return uses(access, Thread.class, "sleep")
                || uses(access, TimeUnit.class, "sleep|timedWait|timedJoin")
                || uses(access, LockSupport.class, "parkNanos|parkUntil");
    }

    private static boolean makesThread(JavaAccess<?> access) {
        JavaClass owner = access.getTargetOwner();
        return access.getName().equals("<init>")
                && (owner.isAssignableTo(Thread.class)
                        || owner.isAssignableTo(ExecutorService.class)
                        || owner.isAssignableTo(Timer.class));
    }

    private static boolean usesPool(JavaAccess<?> access) {
        boolean withExecutor = access.getTarget() instanceof AccessTarget.CodeUnitAccessTarget target
                && target.getRawParameterTypes().stream().anyMatch(type -> type.isAssignableTo(Executor.class));
        String timers = "delayedExecutor|orTimeout|completeOnTimeout";
        return uses(access, Executors.class, ".*")
                || uses(access, ForkJoinPool.class, ".*")
                || uses(access, CompletableFuture.class, withExecutor ? timers : timers + "|.*Async")
                || uses(access, CompletionStage.class, withExecutor ? "never" : ".*Async");
    }

    private static boolean uses(JavaAccess<?> access, Class<?> owner, String names) {
        return access.getTargetOwner().isEquivalentTo(owner) && access.getName().matches(names);
    }

    @Test
    void nobodyUsesJavaSerialization() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectInputStream.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ObjectOutputStream.class)
                .check(all);
    }

    @Test
    void nobodyPrintsButTheCommandLine() {
        noClasses()
                .that(not("io.conclave.cli.."))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(all);
    }

    @TestFactory
    List<DynamicTest> publicSignaturesNameNoThirdParty() {
        String[] own = with(FAMILY_PACKAGES, "java..", "io.conclave", "io.conclave.spi..", "org.jspecify..");
        String[] kit = {"java..", SPI, TCK, "org.jspecify..", "org.junit.."};
        return List.of(
                test(classes().that(resideInAPackage(SPI)).should(showOnly(own))),
                test(classes()
                        .that(resideInAnyPackage(RECIPES).and(not("io.conclave.internal..")))
                        .should(showOnly(own))),
                test(classes().that(resideInAPackage(TCK)).should(showOnly(kit))));
    }

    private static String[] with(String[] packages, String... more) {
        return Stream.concat(Stream.of(packages), Stream.of(more)).toArray(String[]::new);
    }

    private static DynamicTest test(ArchRule rule) {
        return DynamicTest.dynamicTest(rule.getDescription(), () -> rule.check(all));
    }

    private static DescribedPredicate<JavaClass> not(String... packages) {
        return DescribedPredicate.not(resideInAnyPackage(packages));
    }

    private static <T> DescribedPredicate<T> describe(String what, java.util.function.Predicate<? super T> predicate) {
        return DescribedPredicate.describe(what, predicate);
    }

    /** What a public or protected member, or the header, of a public class names comes from these packages. */
    private static ArchCondition<JavaClass> showOnly(String... packages) {
        DescribedPredicate<JavaClass> allowed = resideInAnyPackage(packages);
        return new ArchCondition<>("name only " + List.of(packages) + " in public signatures") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (!isVisible(type)) {
                    return;
                }
                for (JavaClass named : named(type)) {
                    JavaClass element = named.getBaseComponentType();
                    if (!element.isPrimitive() && !allowed.test(element)) {
                        events.add(SimpleConditionEvent.violated(type, type.getName() + " shows " + element.getName()));
                    }
                }
            }
        };
    }

    private static boolean isVisible(JavaClass type) {
        boolean enclosing =
                type.getEnclosingClass().map(ArchitectureTest::isVisible).orElse(true);
        return enclosing && isVisible(type.getModifiers());
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }

    private static Set<JavaClass> named(JavaClass type) {
        Set<JavaClass> named = new LinkedHashSet<>(type.getRawInterfaces());
        type.getRawSuperclass().ifPresent(named::add);
        for (JavaMember member : type.getMembers()) {
            if (!isVisible(member.getModifiers())) {
                continue;
            }
            if (member instanceof JavaField field) {
                named.addAll(field.getType().getAllInvolvedRawTypes());
            } else if (member instanceof JavaCodeUnit unit) {
                named.addAll(unit.getReturnType().getAllInvolvedRawTypes());
                unit.getParameterTypes().forEach(parameter -> named.addAll(parameter.getAllInvolvedRawTypes()));
                named.addAll(unit.getExceptionTypes());
            }
        }
        return named;
    }
}
