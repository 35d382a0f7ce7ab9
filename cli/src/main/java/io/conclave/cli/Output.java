package io.conclave.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints a result: text for people, or one JSON document on one line. Keys keep their order and names. */
final class Output {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintStream out;
    private final boolean json;

    Output(PrintStream out, boolean json) {
        this.out = out;
        this.json = json;
    }

    boolean isJson() {
        return json;
    }

    /** Prints the text, or the document in its stead. */
    void print(String text, Document document) {
        out.println(json ? document.toString() : text);
        out.flush();
    }

    static Document document() {
        return new Document();
    }

    /** A JSON object under construction. */
    static final class Document {
        private final Map<String, @Nullable Object> fields = new LinkedHashMap<>();

        private Document() {}

        /** Adds a field; maps, lists, text, numbers and truth values only. */
        Document with(String key, @Nullable Object value) {
            fields.put(key, value instanceof Document nested ? nested.fields : value);
            return this;
        }

        Map<String, @Nullable Object> fields() {
            return fields;
        }

        @Override
        public String toString() {
            try {
                return JSON.writeValueAsString(fields);
            } catch (JsonProcessingException impossible) {
                throw new IllegalStateException("a result cannot be written as JSON", impossible);
            }
        }
    }
}
