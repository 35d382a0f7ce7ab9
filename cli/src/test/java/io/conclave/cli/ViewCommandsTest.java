package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

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

    private static void awaitText(Run run, String text) throws InterruptedException {
        assertThat(Waiting.until(() -> run.out().contains(text), Worker.PATIENCE))
                .as(text)
                .isTrue();
    }

    @Test
    void aMemberIsShownAsLongAsItStays() throws Exception {
        assertThat(run("members", "/g").out()).contains("nobody is in /g");
        Run joining = new Run();
        CompletableFuture<Run> member =
                joining.start(with("members", "/g", "join", "ada/1", "--data", "here", "--for", "2s"));
        awaitText(joining, "joined /g as ada/1");
        JsonNode shown = run("--json", "members", "/g").json().get("members");
        assertThat(shown.size()).isOne();
        assertThat(shown.get(0).get("name").asText()).isEqualTo("ada/1");
        assertThat(shown.get(0).get("data").asText()).isEqualTo("here");
        assertThat(run("members", "/g").out()).startsWith("ada/1\there");
        assertThat(member.get(30, TimeUnit.SECONDS).exitCode()).isZero();
        assertThat(run("--json", "members", "/g").json().get("members").size()).isZero();
        assertThat(run("members", "/g", "leave", "x").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aMemberRunsACommandAndEndsWithItsExitCode() {
        Run run = run("members", "/g", "join", "ada", "--", "sh", "-c", "test \"$CONCLAVE_MEMBER\" = ada && exit 7");
        assertThat(run.exitCode()).isEqualTo(7);
        assertThat(run("members", "/g").out()).contains("nobody");
    }

    @Test
    void anInstanceIsListedAsLongAsItIsRegistered() throws Exception {
        Run registering = new Run();
        CompletableFuture<Run> registered = registering.start(with(
                "services",
                "register",
                "/services",
                "billing",
                "b-1",
                "10.0.0.1",
                "8080",
                "--weight",
                "3",
                "--attribute",
                "zone=a",
                "--for",
                "2s"));
        awaitText(registering, "registered b-1 of billing");
        assertThat(run("services", "list", "/services").out().lines()).containsExactly("billing");
        JsonNode instance = run("--json", "services", "list", "/services", "billing")
                .json()
                .get("instances")
                .get(0);
        assertThat(instance.get("address").asText()).isEqualTo("10.0.0.1");
        assertThat(instance.get("port").asInt()).isEqualTo(8080);
        assertThat(instance.get("weight").asInt()).isEqualTo(3);
        assertThat(instance.get("attributes").get("zone").asText()).isEqualTo("a");
        assertThat(run("services", "list", "/services", "billing").out()).startsWith("10.0.0.1:8080\tb-1\t3");
        assertThat(registered.get(30, TimeUnit.SECONDS).exitCode()).isZero();
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
