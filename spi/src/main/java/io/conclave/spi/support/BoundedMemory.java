package io.conclave.spi.support;

import java.util.LinkedHashMap;
import java.util.Map;

/** Maps of bounded size that forget what was used longest ago. Not thread-safe. */
public final class BoundedMemory<K, V> extends LinkedHashMap<K, V> {
    private static final long serialVersionUID = 1L;

    private final int most;

    private BoundedMemory(int most) {
        super(16, 0.75f, true);
        this.most = most;
    }

    /** An empty map that keeps so many entries at most. */
    public static <K, V> Map<K, V> of(int most) {
        return new BoundedMemory<>(most);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > most;
    }
}
