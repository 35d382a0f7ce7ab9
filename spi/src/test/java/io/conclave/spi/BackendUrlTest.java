package io.conclave.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackendUrlTest {
    @Test
    void partsOfANetworkUrl() {
        BackendUrl url = BackendUrl.parse("ZooKeeper://zk1:2181,[::1]:2182,zk3/app/a?sessionTimeout=10s&x=a%20b");
        assertThat(url.scheme()).isEqualTo("zookeeper");
        assertThat(url.hosts()).containsExactly("zk1:2181", "[::1]:2182", "zk3");
        assertThat(url.hostsWithPort(2181)).containsExactly("zk1:2181", "[::1]:2182", "zk3:2181");
        assertThat(url.namespace()).isEqualTo(NodePath.of("/app/a"));
        assertThat(url.duration("sessionTimeout")).contains(Duration.ofSeconds(10));
        assertThat(url.parameter("x")).contains("a b");
        assertThat(url.name()).isEmpty();
    }

    @Test
    void partsOfALocalUrl() {
        assertThat(BackendUrl.parse("inmemory:").name()).isEmpty();
        BackendUrl named = BackendUrl.parse("inmemory:orders?sessionTimeout=500ms");
        assertThat(named.name()).isEqualTo("orders");
        assertThat(named.hosts()).isEmpty();
        assertThat(named.namespace().isRoot()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "   ",
                "zk1:2181,zk2:2181",
                "zookeeper",
                "zookeeper://",
                "zookeeper://h:0",
                "zookeeper://h:65536",
                "zookeeper://h:-1",
                "zookeeper://h:99999999999",
                "zookeeper://h1:1,h1:1",
                "zookeeper://h1:1,,h2:1",
                "zookeeper://http://h:1",
                "zookeeper://h 1:2",
                "zookeeper://h:1/a/",
                "zookeeper://h:1/a//b",
                "zookeeper://h:1/../b",
                "zookeeper://h:1?x",
                "zookeeper://h:1?=1",
                "zookeeper://h:1?a=1&a=2",
                "inmemory:a/b",
                "inmemory:a b"
            })
    void refuses(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.parse(text));
    }

    @Test
    void refusesCredentialsWithoutRepeatingThem() {
        assertThatThrownBy(() -> BackendUrl.parse("zookeeper://me:canary@h:2181/app"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("credentials do not belong into the URL")
                .hasMessageNotContaining("canary");
    }

    @Test
    void refusesMoreThanAHundredHosts() {
        String hosts = IntStream.range(0, 101).mapToObj(i -> "h" + i).collect(Collectors.joining(","));
        assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.parse("zookeeper://" + hosts));
    }

    @Test
    void anUnknownParameterIsAnErrorThatSuggestsTheRightOne() {
        BackendUrl url = BackendUrl.parse("inmemory:?sessionTimout=5s");
        assertThatThrownBy(() -> url.requireKnownParameters(List.of("sessionTimeout", "maxPayload")))
                .hasMessage("unknown URL parameter 'sessionTimout': did you mean 'sessionTimeout'?");
        BackendUrl other = BackendUrl.parse("inmemory:?zzz=5s");
        assertThatThrownBy(() -> other.requireKnownParameters(List.of("sessionTimeout", "maxPayload")))
                .hasMessageContaining("known are [maxPayload, sessionTimeout]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "-5s", "5 s", "s", "5d", "1.5s", "9999999999999s"})
    void refusesWhatIsNoTime(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> BackendUrl.parseDuration("wait", text));
    }
}
