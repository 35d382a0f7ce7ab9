package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.MalformedException;
import io.conclave.backend.inmemory.wire.Values;
import io.conclave.backend.inmemory.wire.WireReader;
import io.conclave.backend.inmemory.wire.WireWriter;

/**
 * Commands as entries of the log: version (byte), kind (byte), fields. A reader refuses versions and kinds that it does not know: a member that skipped an entry would hold another state than the others.
 */
final class CommandCodec {
    static final int VERSION = 1;
    private static final int BEGIN = 1;
    private static final int OPEN = 2;
    private static final int END = 3;
    private static final int COMMIT = 4;
    private static final int WITHDRAW = 5;
    private static final int LEAST_BYTES = 5;

    private CommandCodec() {}

    /** Throws {@link io.conclave.backend.inmemory.wire.TooLongException} if it is larger than an entry may be. */
    static byte[] write(Command command, int mostBytes) {
        WireWriter out = new WireWriter(mostBytes).octet(VERSION);
        if (command instanceof Command.Commit commit) {
            out.octet(COMMIT).text(commit.sessionId());
            Values.write(out, commit.opId());
            out.list(commit.guards(), Values::write).list(commit.writes(), Values::write);
            Values.write(out, commit.unsettled());
        } else if (command instanceof Command.Withdraw withdraw) {
            out.octet(WITHDRAW).text(withdraw.sessionId());
            Values.write(out, withdraw.opId());
            Values.write(out, withdraw.unsettled());
        } else if (command instanceof Command.OpenSession open) {
            out.octet(OPEN).text(open.key()).wide(open.incarnation()).wide(open.ttlMillis());
        } else if (command instanceof Command.EndSession end) {
            out.octet(END).text(end.sessionId());
        } else {
            Command.Begin begin = (Command.Begin) command;
            out.octet(BEGIN).text(begin.storeId()).wide(begin.baseRevision());
        }
        return out.toByteArray();
    }

    /** Throws {@link MalformedException} for what {@link #write} of this version has not written. */
    static Command read(byte[] entry) {
        WireReader in = new WireReader(entry);
        int version = in.octet();
        if (version != VERSION) {
            throw new MalformedException(
                    "an entry of version " + version + " is not known here; this build reads version " + VERSION);
        }
        try {
            Command command = read(in.octet(), in);
            in.end();
            return command;
        } catch (IllegalArgumentException | IllegalStateException | NullPointerException refused) {
            throw new MalformedException("a value breaks a rule: " + refused.getMessage(), refused);
        }
    }

    private static Command read(int kind, WireReader in) {
        return switch (kind) {
            case BEGIN -> new Command.Begin(in.text(), in.wide());
            case OPEN -> new Command.OpenSession(in.text(), in.wide(), in.wide());
            case END -> new Command.EndSession(in.text());
            case COMMIT ->
                new Command.Commit(
                        in.text(),
                        Values.readOpId(in),
                        in.list(LEAST_BYTES, Values::readGuard),
                        in.list(LEAST_BYTES, Values::readWrite),
                        Values.readOpIds(in));
            case WITHDRAW -> new Command.Withdraw(in.text(), Values.readOpId(in), Values.readOpIds(in));
            default -> throw new MalformedException("command kind " + kind + " is not known here");
        };
    }
}
