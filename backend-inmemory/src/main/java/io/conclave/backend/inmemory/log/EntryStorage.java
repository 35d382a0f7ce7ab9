package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.codec.LogEntryDecoder;
import com.alipay.sofa.jraft.entity.codec.LogEntryEncoder;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engine's entries in a {@link SegmentLog}, in the engine's own encoding. A failure is told to the engine, which then stops this member. */
final class EntryStorage implements LogStorage {
    private static final Logger log = LoggerFactory.getLogger(EntryStorage.class);

    private final SegmentLog entries;
    private @Nullable LogEntryEncoder encoder;
    private @Nullable LogEntryDecoder decoder;

    EntryStorage(SegmentLog entries) {
        this.entries = entries;
    }

    @Override
    public boolean init(LogStorageOptions options) {
        encoder = options.getLogEntryCodecFactory().encoder();
        decoder = options.getLogEntryCodecFactory().decoder();
        return loadConfigurations(options.getConfigurationManager());
    }

    private boolean loadConfigurations(ConfigurationManager configurations) {
        for (long index = entries.firstIndex(); index <= entries.lastIndex(); index++) {
            LogEntry entry = getEntry(index);
            if (entry == null) {
                return false;
            }
            if (entry.getType() == EntryType.ENTRY_TYPE_CONFIGURATION) {
                ConfigurationEntry found = new ConfigurationEntry();
                found.setId(entry.getId().copy());
                found.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
                if (entry.getOldPeers() != null) {
                    found.setOldConf(new Configuration(entry.getOldPeers(), entry.getOldLearners()));
                }
                configurations.add(found);
            }
        }
        return true;
    }

    @Override
    public long getFirstLogIndex() {
        return entries.firstIndex();
    }

    /** The last entry, 0 if there is none at all. */
    @Override
    public long getLastLogIndex() {
        long last = entries.lastIndex();
        return last < entries.firstIndex() ? 0 : last;
    }

    @Override
    public @Nullable LogEntry getEntry(long index) {
        LogEntryDecoder reader = decoder;
        try {
            byte[] content = entries.read(index);
            if (content == null || reader == null) {
                return null;
            }
            LogEntry entry = reader.decode(content);
            if (entry == null || entry.getId().getIndex() != index) {
                log.error("entry {} cannot be read: its content is no entry of this format", index);
                return null;
            }
            return entry;
        } catch (IOException failure) {
            log.error("entry {} cannot be read", index, failure);
            return null;
        }
    }

    @Override
    @Deprecated
    public long getTerm(long index) {
        return termOf(index);
    }

    /** The term of an entry; 0 if it is not there. */
    long termOf(long index) {
        LogEntry entry = getEntry(index);
        return entry == null ? 0 : entry.getId().getTerm();
    }

    @Override
    public boolean appendEntry(LogEntry entry) {
        return appendEntries(List.of(entry)) == 1;
    }

    @Override
    public int appendEntries(List<LogEntry> added) {
        LogEntryEncoder writer = encoder;
        if (writer == null || added.isEmpty()) {
            return 0;
        }
        try {
            List<byte[]> contents = new ArrayList<>(added.size());
            long next = entries.lastIndex() + 1;
            for (LogEntry entry : added) {
                if (entry.getId().getIndex() != next + contents.size()) {
                    throw new IOException(
                            "entry " + entry.getId().getIndex() + " does not follow " + (next + contents.size() - 1));
                }
                contents.add(writer.encode(entry));
            }
            entries.append(contents);
            return added.size();
        } catch (IOException failure) {
            log.error("{} entries could not be written", added.size(), failure);
            return 0;
        }
    }

    @Override
    public boolean truncatePrefix(long firstKept) {
        return done("cut before " + firstKept, () -> entries.cutBefore(firstKept));
    }

    @Override
    public boolean truncateSuffix(long lastKept) {
        return done("cut after " + lastKept, () -> entries.cutAfter(lastKept));
    }

    @Override
    public boolean reset(long next) {
        return done("begun anew at " + next, () -> entries.restart(next));
    }

    private static boolean done(String what, Work work) {
        try {
            work.run();
            return true;
        } catch (IOException failure) {
            log.error("the log could not be {}", what, failure);
            return false;
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /** Closes the files. */
    @Override
    public void shutdown() {
        done("closed", entries::close);
    }
}
