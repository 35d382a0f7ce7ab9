package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Links;
import io.conclave.spi.Timekeeper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Describes a member of a replicated store. From {@link ReplicatedStore#builder()}; everything but {@link #id}, {@link #members} and {@link #dataDirectory} has a default. */
public final class ReplicatedStoreBuilder {
    private int id = 1;
    private @Nullable String listen;
    private Map<Integer, String> members = Map.of();
    private @Nullable Path dataDirectory;
    private StoreDurability durability = StoreDurability.PROCESS;
    private Duration electionTimeout = Duration.ofSeconds(1);
    private int snapshotEntries = 100_000;
    private long snapshotBytes = 64L << 20;
    private Timekeeper clock = Timekeeper.system();
    private boolean inMemory;
    private Links links = Links.OPEN;

    ReplicatedStoreBuilder() {}

    /** This member's id, from 1 on; 1 by default. */
    public ReplicatedStoreBuilder id(int memberId) {
        this.id = memberId;
        return this;
    }

    /**
     * Where this member listens for clients: {@code host:port}, of the loopback interface; by default its address among the {@link #members}. Port 0 takes any, for a member that is alone.
     */
    public ReplicatedStoreBuilder listen(String address) {
        this.listen = Objects.requireNonNull(address, "listen");
        return this;
    }

    /**
     * All members, this one too, the same at every member and over all restarts: by id, {@code host:port} where it listens for clients. The other members are spoken to on the port 1,000 above; {@code host:port/peerPort} names another one.
     */
    public ReplicatedStoreBuilder members(Map<Integer, String> addresses) {
        this.members = Map.copyOf(addresses);
        return this;
    }

    /** The folder for the log and the snapshots of this member and of no other; made if it is missing. */
    public ReplicatedStoreBuilder dataDirectory(Path folder) {
        this.dataDirectory = Objects.requireNonNull(folder, "dataDirectory");
        return this;
    }

    /** What is written before it is acknowledged; {@link StoreDurability#PROCESS} by default. */
    public ReplicatedStoreBuilder durability(StoreDurability wanted) {
        this.durability = Objects.requireNonNull(wanted, "durability");
        return this;
    }

    /** How long the others wait for a leader that is silent, and up to half as long again: 100 ms to 1 minute; 1 second by default. Sessions should live for three times as long at least. */
    public ReplicatedStoreBuilder electionTimeout(Duration timeout) {
        this.electionTimeout = Objects.requireNonNull(timeout, "electionTimeout");
        return this;
    }

    /** A snapshot is taken, and the log cut behind it, after so many entries or bytes of them; 100,000 and 64 MiB by default. */
    public ReplicatedStoreBuilder snapshotAfter(int entries, long bytes) {
        this.snapshotEntries = entries;
        this.snapshotBytes = bytes;
        return this;
    }

    /** The clock that the member lives by; real time by default. */
    public ReplicatedStoreBuilder clock(Timekeeper timekeeper) {
        this.clock = Objects.requireNonNull(timekeeper, "clock");
        return this;
    }

    /** A member that is alone and keeps nothing: what it held is gone with it. For tests; {@link #members} and {@link #dataDirectory} are not used. */
    public ReplicatedStoreBuilder aloneInMemory() {
        this.inMemory = true;
        return this;
    }

    /** What happens to messages between the members. */
    ReplicatedStoreBuilder links(Links wanted) {
        this.links = wanted;
        return this;
    }

    /**
     * Starts the member. Returns when it listens; whether it leads, or follows, is found out afterwards.
     *
     * @throws IllegalArgumentException naming the value that is wrong
     * @throws java.io.UncheckedIOException if an address is not free, or the data folder cannot be used
     */
    public ReplicatedStore start() {
        return ReplicatedStore.start(StoreOptions.check(
                id,
                listen,
                members,
                dataDirectory,
                durability,
                electionTimeout,
                snapshotEntries,
                snapshotBytes,
                clock,
                inMemory,
                links));
    }
}
