package io.conclave.config;

import io.conclave.Codec;
import io.conclave.spi.NodePath;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * One setting: where it stands below the configuration's path, how it is written, and what it is if it is not there. Two keys of one name should be equal in all of it.
 *
 * @param name one or more segments with slashes between, such as {@code db/pool-size}
 * @param codec how the value is written
 * @param defaultValue the value where the store has none
 * @param <T> the type of the value
 */
public record ConfigKey<T>(String name, Codec<T> codec, T defaultValue) {
    /** Refuses nulls and names that make no path. */
    public ConfigKey {
        NodePath.of("/" + name);
        Objects.requireNonNull(codec, "codec");
        Objects.requireNonNull(defaultValue, "defaultValue");
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the key's name is empty");
        }
    }

    /** Text. */
    public static ConfigKey<String> text(String name, String defaultValue) {
        return new ConfigKey<>(name, Codec.utf8(), defaultValue);
    }

    /** A whole number, as text. */
    public static ConfigKey<Long> number(String name, long defaultValue) {
        return written(name, defaultValue, Long::parseLong);
    }

    /** A number with a fraction, as text. */
    public static ConfigKey<Double> decimal(String name, double defaultValue) {
        return written(name, defaultValue, Double::parseDouble);
    }

    /** {@code true} or {@code false}, as text. */
    public static ConfigKey<Boolean> flag(String name, boolean defaultValue) {
        return written(name, defaultValue, text -> switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        });
    }

    /** A duration as text in the form of ISO 8601, such as {@code PT1.5S}. */
    public static ConfigKey<Duration> duration(String name, Duration defaultValue) {
        return written(name, defaultValue, Duration::parse);
    }

    /** A value that is written as its {@code toString()}; spaces and line ends around the text are allowed when it is read. */
    public static <T> ConfigKey<T> written(String name, T defaultValue, Function<String, T> parse) {
        Objects.requireNonNull(parse, "parse");
        Codec<String> text = Codec.utf8();
        return new ConfigKey<>(
                name,
                Codec.of(
                        value -> text.encode(value.toString()),
                        bytes -> parse.apply(text.decode(bytes).strip())),
                defaultValue);
    }

    @Override
    public String toString() {
        return "ConfigKey[" + name + "]";
    }
}
