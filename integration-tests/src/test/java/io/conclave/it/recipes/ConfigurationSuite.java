package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.config.ConfigKey;
import io.conclave.config.ConfigListener;
import io.conclave.config.ConfigSnapshot;
import io.conclave.config.ConfigValue;
import io.conclave.config.Configuration;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link Configuration} does on every store. */
abstract class ConfigurationSuite extends RecipeSuite {
    private static final ConfigKey<Long> POOL = ConfigKey.number("db/pool", 10);
    private static final ConfigKey<String> URL = ConfigKey.text("db/url", "none");
    private static final ConfigKey<Duration> WAIT = ConfigKey.duration("wait", Duration.ofSeconds(1));
    private static final ConfigKey<Boolean> ON = ConfigKey.flag("on", false);

    private Configuration reader;
    private Configuration writer;
    private Conclave raw;

    ConfigurationSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        reader = Configuration.of(world.client(), "/cfg");
        raw = world.client();
        writer = Configuration.of(raw, "/cfg");
    }

    private <T> T call(Callable<T> blocking) throws Exception {
        return world.get(world.background(blocking));
    }

    private void publish(ConfigKey<Long> key, long value) throws Exception {
        call(() -> {
            writer.publish(key, value);
            return true;
        });
    }

    @Test // Y1, Y2
    void valuesHaveTheirDefaultsAndFollowTheStore() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        reader.onChange(POOL, (before, now) -> told.add(before + ">" + now));
        assertThat(reader.get(POOL)).isEqualTo(10);
        publish(POOL, 20);
        world.await("it is there", () -> reader.get(POOL) == 20);
        assertThat(call(() -> writer.update()
                        .set(POOL, 30L)
                        .set(URL, "jdbc:x")
                        .set(ON, true)
                        .set(WAIT, Duration.ofMillis(1500))
                        .apply()))
                .isTrue();
        world.await("all is there", () -> reader.get(POOL) == 30 && reader.get(ON));
        world.await(
                "all else, too",
                () -> reader.get(URL).equals("jdbc:x") && reader.get(WAIT).toMillis() == 1500);
        call(() -> raw.nodes().delete("/cfg/db/pool"));
        world.await("the default is back", () -> reader.get(POOL) == 10);
        world.await(
                "all was told",
                () -> !told.isEmpty() && told.get(told.size() - 1).endsWith(">10"));
        assertThat(told.get(0)).startsWith("10>");
    }

    @Test // Y3
    void aWriteThatComparesIsDoneOnlyIfNothingHasChanged() throws Exception {
        ConfigValue<Long> absent = writer.value(POOL);
        assertThat(call(() -> writer.publish(absent, 1L))).isTrue();
        assertThat(call(() -> writer.publish(absent, 2L))).isFalse();
        ConfigValue<Long> first = call(() -> writer.snapshot(POOL)).value(POOL);
        assertThat(first.value()).isEqualTo(1);
        assertThat(call(() -> writer.publish(first, 3L))).isTrue();
        assertThat(call(() -> writer.publish(first, 4L))).isFalse();
        ConfigValue<Long> second = call(() -> writer.snapshot(POOL)).value(POOL);
        assertThat(call(() -> writer.update().require(first).set(URL, "x").apply()))
                .isFalse();
        assertThat(call(() -> writer.update().require(second).set(URL, "x").apply()))
                .isTrue();
        assertThat(call(() -> writer.update().remove(second).apply())).isTrue();
        assertThat(call(() -> writer.snapshot(POOL, URL)).value(POOL).stored()).isFalse();
        assertThatThrownBy(() -> call(() -> writer.update().apply())).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> writer.update().set(POOL, 1L).set(POOL, 2L)).hasMessageContaining("twice");
    }

    @Test // Y4
    void aSnapshotShowsOneMomentWhereTheStoreCan() throws Exception {
        ConfigSnapshot none = call(() -> reader.snapshot(POOL, URL));
        assertThat(none.get(POOL)).isEqualTo(10);
        assertThat(none.isAtomic()).isEqualTo(raw.capabilities().snapshotRead());
        assertThat(none.isAtomic()).isEqualTo(store() != Store.ZOOKEEPER);
        for (long i = 1; i <= 20; i++) {
            long value = i;
            var writing = world.background(() -> writer.update()
                    .set(POOL, value)
                    .set(URL, Long.toString(value))
                    .apply());
            ConfigSnapshot seen = call(() -> reader.snapshot(POOL, URL));
            if (seen.isAtomic() && seen.value(POOL).stored()) {
                assertThat(seen.get(URL)).isEqualTo(Long.toString(seen.get(POOL)));
            }
            assertThat(world.get(writing)).isTrue();
        }
        assertThatThrownBy(() -> none.get(ON)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test // Y5
    void aValueThatCannotBeReadTakesNothingDown() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        reader.onChange(POOL, new ConfigListener<Long>() {
            @Override
            public void onChange(Long before, Long now) {
                told.add(before + ">" + now);
            }

            @Override
            public void onUnreadable(RuntimeException why) {
                told.add("unreadable");
            }
        });
        publish(POOL, 20);
        world.await("it is there", () -> reader.get(POOL) == 20);
        call(() -> {
            raw.nodes().set("/cfg/db/pool", "many".getBytes(StandardCharsets.UTF_8));
            return true;
        });
        world.await("it was told", () -> told.contains("unreadable"));
        assertThat(reader.get(POOL)).isEqualTo(20);
        assertThat(reader.value(POOL).readable()).isFalse();
        assertThat(reader.unreadable().get("db/pool")).hasMessageContaining("/cfg/db/pool");
        publish(POOL, 30);
        world.await(
                "it is readable again",
                () -> reader.get(POOL) == 30 && reader.unreadable().isEmpty());
        world.await("it was told", () -> told.contains("20>30"));
    }
}
