package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.EnumOutter.ErrorType;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.error.RaftException;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The term and for whom this member has voted in it. Replaced as a whole and with a checksum, before the vote is told to anybody: a member that forgot its vote could vote twice in one term.
 *
 * <p>Layout: magic {@code CNVV} and format version (int each), term (long), length of the vote (int), the vote in UTF-8, CRC-32C of all before (int). The engine calls it under its own lock.
 */
final class VoteStorage implements RaftMetaStorage {
    private static final Logger log = LoggerFactory.getLogger(VoteStorage.class);
    private static final int MAGIC = 0x434e5656;
    private static final int VERSION = 1;
    private static final int SIZE_WITHOUT_VOTE = 24;
    private static final int SIZE_MAX = 1_024;

    private final Path file;
    private final boolean sync;
    private volatile long term;
    private PeerId votedFor = PeerId.emptyPeer();
    private @Nullable NodeImpl node;

    private VoteStorage(Path file, boolean sync) {
        this.file = file;
        this.sync = sync;
    }

    /**
     * Reads the file.
     *
     * @param mustExist whether its absence means that it was lost
     */
    static VoteStorage open(Path file, boolean sync, boolean mustExist) throws IOException {
        VoteStorage storage = new VoteStorage(file, sync);
        if (Files.exists(file)) {
            storage.load();
        } else if (mustExist) {
            throw new CorruptLogException(file, "it is missing, but this member has taken part before");
        }
        return storage;
    }

    private void load() throws IOException {
        long size = Files.size(file);
        byte[] bytes = size > SIZE_MAX ? new byte[0] : Files.readAllBytes(file);
        int checked = bytes.length - 4;
        if (checked < SIZE_WITHOUT_VOTE - 4
                || ByteBuffer.wrap(bytes).getInt(checked) != PrivateFiles.checksum(bytes, 0, checked)) {
            throw new CorruptLogException(file, "its " + size + " bytes do not fit their checksum");
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            if (in.getInt() != MAGIC || in.getInt() != VERSION) {
                throw new CorruptLogException(file, "it is no vote of format " + VERSION);
            }
            term = in.getLong();
            byte[] vote = new byte[in.getInt()];
            in.get(vote);
            if (!votedFor.parse(new String(vote, StandardCharsets.UTF_8))) {
                throw new CorruptLogException(file, "the vote is for no member");
            }
        } catch (BufferUnderflowException | NegativeArraySizeException nonsense) {
            throw new CorruptLogException(file, "it is shorter than it says");
        }
    }

    @Override
    public boolean init(RaftMetaStorageOptions options) {
        node = options.getNode();
        return true;
    }

    @Override
    public void shutdown() {
        // everything is written already
    }

    @Override
    public boolean setTerm(long newTerm) {
        return setTermAndVotedFor(newTerm, votedFor);
    }

    @Override
    public long getTerm() {
        return term;
    }

    @Override
    public boolean setVotedFor(PeerId peer) {
        return setTermAndVotedFor(term, peer);
    }

    @Override
    public PeerId getVotedFor() {
        return votedFor;
    }

    @Override
    public boolean setTermAndVotedFor(long newTerm, PeerId peer) {
        term = newTerm;
        votedFor = peer.copy();
        byte[] vote = votedFor.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(SIZE_WITHOUT_VOTE + vote.length);
        out.putInt(MAGIC).putInt(VERSION).putLong(term).putInt(vote.length).put(vote);
        out.putInt(PrivateFiles.checksum(out.array(), 0, out.position()));
        try {
            PrivateFiles.replace(file, out.array(), sync);
            return true;
        } catch (IOException failure) {
            log.error("term {} and the vote in it could not be written", term, failure);
            stopMember();
            return false;
        }
    }

    private void stopMember() {
        NodeImpl member = node;
        if (member != null) {
            member.onError(new RaftException(ErrorType.ERROR_TYPE_META, RaftError.EIO, "cannot write %s", file));
        }
    }
}
