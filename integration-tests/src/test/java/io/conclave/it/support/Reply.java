package io.conclave.it.support;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.jute.BinaryInputArchive;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.MultiResponse;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.ReplyHeader;

/**
 * A server's answer as it passes a proxy.
 *
 * @param errors what went wrong: the answer's own error and those of the parts of a {@code multi}; none if all went well
 */
public record Reply(List<Code> errors) {
    /** Copies the errors. */
    public Reply {
        errors = List.copyOf(errors);
    }

    /** Whether everything was done. */
    public boolean isSuccess() {
        return errors.isEmpty();
    }

    /** Reads a frame without its length. */
    static Reply parse(byte[] frame, Request request) {
        BinaryInputArchive archive = BinaryInputArchive.getArchive(new ByteArrayInputStream(frame));
        List<Code> errors = new ArrayList<>();
        try {
            ReplyHeader header = new ReplyHeader();
            header.deserialize(archive, "header");
            add(errors, header.getErr());
            if (header.getErr() == 0 && request.opcode() == OpCode.multi) {
                MultiResponse parts = new MultiResponse();
                parts.deserialize(archive, "multi");
                for (OpResult part : parts) {
                    if (part instanceof OpResult.ErrorResult error) {
                        add(errors, error.getErr());
                    }
                }
            }
            return new Reply(errors);
        } catch (IOException unreadable) {
            throw new IllegalStateException("the answer to " + request + " cannot be read", unreadable);
        }
    }

    private static void add(List<Code> errors, int error) {
        if (error != 0) {
            Code code = Code.get(error);
            errors.add(code == null ? Code.SYSTEMERROR : code);
        }
    }
}
