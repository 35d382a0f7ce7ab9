package io.conclave.backend.zookeeper;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.UnavailableException;
import org.apache.zookeeper.KeeperException.Code;

/** From ZooKeeper's codes to the contract's failures. */
final class Errors {
    private Errors() {}

    static Code code(int number) {
        Code code = Code.get(number);
        return code == null ? Code.SYSTEMERROR : code;
    }

    /** The answer did not come or the server did not say: a write may have been applied. */
    static boolean isLost(Code code) {
        return switch (code) {
            case CONNECTIONLOSS,
                    OPERATIONTIMEOUT,
                    REQUESTTIMEOUT,
                    SESSIONEXPIRED,
                    SESSIONMOVED,
                    SYSTEMERROR,
                    RUNTIMEINCONSISTENCY,
                    DATAINCONSISTENCY,
                    UNKNOWNSESSION -> true;
            default -> false;
        };
    }

    /** The answer was lost together with the connection or the session, and what is asked for on each connection is asked for again. */
    static boolean endsContact(Code code) {
        return code == Code.CONNECTIONLOSS || code == Code.SESSIONEXPIRED;
    }

    /** A reply of this kind to a write has gone through a quorum. */
    static boolean provesQuorum(Code code) {
        return switch (code) {
            case OK, NONODE, NODEEXISTS, BADVERSION, NOTEMPTY, NOCHILDRENFOREPHEMERALS -> true;
            default -> false;
        };
    }

    /** A definite failure: the request was not applied. */
    static BackendException definite(Code code, String what) {
        return switch (code) {
            case NOAUTH, INVALIDACL, AUTHFAILED, SESSIONCLOSEDREQUIRESASLAUTH ->
                new AccessDeniedException(what + " is not allowed to this client (" + code + ")");
            case NOCHILDRENFOREPHEMERALS ->
                new InvalidRequestException(what + " asks for a node below an ephemeral node, which has no children");
            case BADARGUMENTS, MARSHALLINGERROR, UNIMPLEMENTED ->
                new InvalidRequestException(what + " was refused by the server (" + code + ")");
            default -> new UnavailableException(what + " was not taken by the server (" + code + ")");
        };
    }
}
