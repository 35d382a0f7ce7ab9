package io.conclave.backend.zookeeper;

import java.util.LinkedHashMap;
import java.util.Map;

/** A map of bounded size that forgets what was used longest ago. */
final class Memory<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int most;

    private Memory(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    static <K, V> Map<K, V> of(int most) {
        return new Memory<>(most);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
