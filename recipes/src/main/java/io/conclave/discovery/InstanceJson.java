package io.conclave.discovery;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.conclave.UnreadableDataException;
import io.conclave.spi.Payload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * An instance as JSON, {@code conclave-service/1}. Fields that it does not know are ignored, so later versions may add some; another number of the format is refused. Names no class.
 */
final class InstanceJson {
    static final String FORMAT = "conclave-service/1";
    private static final JsonFactory JSON = new JsonFactory();

    private InstanceJson() {}

    static Payload write(ServiceInstance instance) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeStringField("format", FORMAT);
            json.writeStringField("service", instance.service());
            json.writeStringField("id", instance.id());
            json.writeStringField("address", instance.address());
            json.writeNumberField("port", instance.port());
            json.writeNumberField("weight", instance.weight());
            json.writeObjectFieldStart("attributes");
            for (Map.Entry<String, String> attribute : instance.attributes().entrySet()) {
                json.writeStringField(attribute.getKey(), attribute.getValue());
            }
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Payload.of(bytes.toByteArray());
    }

    /** Throws {@link UnreadableDataException} for anything else. */
    static ServiceInstance read(String path, Payload data) {
        try (JsonParser json = JSON.createParser(data.toByteArray())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is no JSON object");
            }
            ServiceInstance instance = readObject(json);
            if (json.nextToken() != null) {
                throw new IllegalArgumentException("something follows the JSON object");
            }
            return instance;
        } catch (IOException | IllegalArgumentException foreign) {
            throw new UnreadableDataException(
                    "the node " + path + " is no service instance of the format " + FORMAT, foreign);
        }
    }

    private static ServiceInstance readObject(JsonParser json) throws IOException {
        Map<String, String> texts = new TreeMap<>();
        Map<String, String> attributes = new TreeMap<>();
        int port = 0;
        int weight = 1;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            switch (name) {
                case "format", "service", "id", "address" -> texts.put(name, text(name, json, value));
                case "port" -> port = number(name, json, value);
                case "weight" -> weight = number(name, json, value);
                case "attributes" -> readAttributes(json, value, attributes);
                default -> json.skipChildren();
            }
        }
        if (!FORMAT.equals(texts.get("format"))) {
            throw new IllegalArgumentException("its format is " + texts.get("format"));
        }
        return new ServiceInstance(
                texts.getOrDefault("service", ""),
                texts.getOrDefault("id", ""),
                texts.getOrDefault("address", ""),
                port,
                weight,
                attributes);
    }

    /** Attributes that are no texts are ignored, as unknown fields are. */
    private static void readAttributes(JsonParser json, JsonToken value, Map<String, String> into) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("its attributes are no JSON object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            if (json.nextToken() == JsonToken.VALUE_STRING) {
                into.put(name, json.getText());
            } else {
                json.skipChildren();
            }
        }
    }

    private static String text(String name, JsonParser json, JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw new IllegalArgumentException("its " + name + " is no text");
        }
        return json.getText();
    }

    private static int number(String name, JsonParser json, JsonToken value) throws IOException {
        if (value != JsonToken.VALUE_NUMBER_INT) {
            throw new IllegalArgumentException("its " + name + " is no whole number");
        }
        return json.getIntValue();
    }
}
