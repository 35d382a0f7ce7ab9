package io.conclave.histories;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Operations in the order of their calls. Immutable. */
public final class History {
    private final List<Operation> operations;

    private History(List<Operation> operations) {
        this.operations = operations;
    }

    /** Of these operations, in any order. All of their times are of one clock. */
    public static History of(Collection<Operation> operations) {
        List<Operation> sorted = new ArrayList<>(operations);
        sorted.sort(Comparator.comparingLong(Operation::call).thenComparingLong(Operation::returned));
        return new History(List.copyOf(sorted));
    }

    /** All of several: of several processes of one host, say, whose monotonic clock is the same. */
    public static History merged(Collection<History> parts) {
        List<Operation> all = new ArrayList<>();
        parts.forEach(part -> all.addAll(part.operations));
        return of(all);
    }

    /**
     * Reads files that recorders or {@link #write} have written, and merges them. An operation whose answer is missing, because its process was killed, say, is of unknown outcome; a last
     * line without an end is left out.
     *
     * @throws IOException if a file cannot be read or is no history; with file and line
     */
    public static History read(Collection<Path> files) throws IOException {
        List<Operation> all = new ArrayList<>();
        for (Path file : files) {
            all.addAll(HistoryFile.read(file));
        }
        return of(all);
    }

    /** Writes all operations into a new file, which {@link #read} reads. */
    public void write(Path file) throws IOException {
        HistoryFile.write(file, operations);
    }

    /** The operations in the order of their calls. */
    public List<Operation> operations() {
        return operations;
    }

    /** One history for each object, by key, in the order of their first calls. */
    public Map<String, History> byKey() {
        Map<String, List<Operation>> parts = new LinkedHashMap<>();
        operations.forEach(operation ->
                parts.computeIfAbsent(operation.key(), key -> new ArrayList<>()).add(operation));
        Map<String, History> histories = new LinkedHashMap<>();
        parts.forEach((key, part) -> histories.put(key, new History(List.copyOf(part))));
        return histories;
    }

    /** How many. */
    public int size() {
        return operations.size();
    }

    /** How many ended so. */
    public long count(Outcome outcome) {
        return operations.stream()
                .filter(operation -> operation.outcome() == outcome)
                .count();
    }

    /** What was known at this moment: later answers are unknown, later calls left out. */
    History until(long moment) {
        return new History(operations.stream()
                .takeWhile(operation -> operation.call() <= moment)
                .map(operation -> operation.returned() <= moment ? operation : operation.pending())
                .toList());
    }

    /** When the first was called; 0 if there is none. */
    long origin() {
        return operations.isEmpty() ? 0 : operations.get(0).call();
    }

    @Override
    public String toString() {
        return operations.size() + " operations, " + count(Outcome.OK) + " ok, " + count(Outcome.FAIL) + " failed, "
                + count(Outcome.UNKNOWN) + " unknown";
    }
}
