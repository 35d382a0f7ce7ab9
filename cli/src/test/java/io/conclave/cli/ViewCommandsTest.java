package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Groups, services and configuration on an embedded store that the commands of one test share. */
final class ViewCommandsTest {
    private final String backend = "inmemory:views-" + UUID.randomUUID();

    private String[] with(String... args) {
        String[] all = new String[args.length + 2];
        all[0] = "--backend";
        all[1] = backend;
        System.arraycopy(args, 0, all, 2, args.length);
        return all;
    }

    private Run run(String... args) {
        return Run.of(with(args));
    }

    /** A command that runs until the file exists. */
    private static String until(Path file) {
        return "while [ ! -e '" + file + "' ]; do sleep 0.05; done";
    }

    private void awaitShown(String text, String... command) throws InterruptedException {
        assertThat(Waiting.until(() -> run(command).out().contains(text), Worker.PATIENCE))
                .as(text)
                .isTrue();
    }

    @Test
    void aMemberIsShownAsLongAsItStays(@TempDir Path directory) throws Exception {
        assertThat(run("members", "/g").out()).contains("nobody is in /g");
        Path enough = directory.resolve("enough");
        CompletableFuture<Run> member = new Run()
                .start(with("members", "/g", "join", "ada/1", "--data", "here", "--", "sh", "-c", until(enough)));
        awaitShown("ada/1\there", "members", "/g");
        JsonNode shown = run("--json", "members", "/g").json().get("members");
        assertThat(shown.size()).isOne();
        assertThat(shown.get(0).get("name").asText()).isEqualTo("ada/1");
        assertThat(shown.get(0).get("data").asText()).isEqualTo("here");
        Files.createFile(enough);
        assertThat(member.get(60, TimeUnit.SECONDS).exitCode()).isZero();
        assertThat(run("--json", "members", "/g").json().get("members").size()).isZero();
        assertThat(run("members", "/g", "leave", "x").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aMemberStaysForItsTime() {
        Run run = run("members", "/g", "join", "ada", "--for", "10ms");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("joined /g as ada");
    }

    @Test
    void aMemberRunsACommandAndEndsWithItsExitCode() {
        Run run = run("members", "/g", "join", "ada", "--", "sh", "-c", "test \"$CONCLAVE_MEMBER\" = ada && exit 7");
        assertThat(run.exitCode()).isEqualTo(7);
        assertThat(run("members", "/g").out()).contains("nobody");
    }

    @Test
    void anInstanceIsListedAsLongAsItIsRegistered(@TempDir Path directory) throws Exception {
        Path enough = directory.resolve("enough");
        String[] register = {"services", "register", "/services", "billing", "b-1", "10.0.0.1", "8080", "--weight", "3"
        };
        String[] rest = {"--attribute", "zone=a", "--", "sh", "-c", until(enough)};
        CompletableFuture<Run> registered = new Run()
                .start(with(Stream.of(register, rest).flatMap(Stream::of).toArray(String[]::new)));
        awaitShown("10.0.0.1:8080\tb-1\t3", "services", "list", "/services", "billing");
        assertThat(run("services", "list", "/services").out().lines()).containsExactly("billing");
        JsonNode instance = run("--json", "services", "list", "/services", "billing")
                .json()
                .get("instances")
                .get(0);
        assertThat(instance.get("address").asText()).isEqualTo("10.0.0.1");
        assertThat(instance.get("port").asInt()).isEqualTo(8080);
        assertThat(instance.get("weight").asInt()).isEqualTo(3);
        assertThat(instance.get("attributes").get("zone").asText()).isEqualTo("a");
        Files.createFile(enough);
        assertThat(registered.get(60, TimeUnit.SECONDS).exitCode()).isZero();
        assertThat(run("services", "list", "/services", "billing").out()).isEmpty();
        assertThat(run("services").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void settingsAreChangedUnderConditions() {
        assertThat(run("config", "get", "/cfg", "db/url").exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run("config", "get", "/cfg", "db/url", "--default", "none")
                        .out()
                        .strip())
                .isEqualTo("none");
        assertThat(run("config", "set", "/cfg", "db/url", "a", "--create").exitCode())
                .isZero();
        Run again = run("config", "set", "/cfg", "db/url", "b", "--create");
        assertThat(again.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(again.errLines()).singleElement().asString().contains("nothing was changed");
        String version = run("--json", "config", "get", "/cfg", "db/url")
                .json()
                .get("version")
                .asText();
        assertThat(run("config", "set", "/cfg", "db/url", "c", "--if-version", version)
                        .exitCode())
                .isZero();
        assertThat(run("config", "set", "/cfg", "db/url", "d", "--if-version", version)
                        .exitCode())
                .isEqualTo(ExitCode.FAILED);
        assertThat(run("config", "set", "/cfg", "flag", "true").exitCode()).isZero();
        assertThat(run("config", "list", "/cfg").out().lines()).containsExactly("db/url=c", "flag=true");
        assertThat(run("--json", "config", "list", "/cfg")
                        .json()
                        .get("settings")
                        .size())
                .isEqualTo(2);
        assertThat(run("config", "unset", "/cfg", "flag").exitCode()).isZero();
        assertThat(run("config", "unset", "/cfg", "flag").exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run("config").exitCode()).isEqualTo(ExitCode.USAGE);
    }
}
