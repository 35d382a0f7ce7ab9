package io.conclave.backend.etcd;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.UnavailableException;
import io.grpc.Status;

/**
 * Why a request to the server failed.
 *
 * @param kind what that means
 * @param why for people
 * @param cause the status behind it
 */
record Trouble(Kind kind, String why, Throwable cause) {
    enum Kind {
        /** Never executed, and another try may be. */
        NOT_DONE,
        /** Nobody knows. */
        UNKNOWN,
        /** The session's lease is not there: nothing was executed, and nothing will ever be. */
        SESSION_GONE,
        /** The server knows the user no longer: log in again. Not executed. */
        LOGGED_OUT,
        /** Refused for good. Not executed. */
        DENIED,
        /** The history that was asked for is gone. Not executed. */
        COMPACTED,
        /** Not executed. */
        TOO_LARGE,
        /** Not executed. */
        INVALID
    }

    /**
     * What a status means.
     *
     * @param sent whether the request may have left this process
     */
    static Trouble of(Status status, boolean sent) {
        String description = status.getDescription() == null ? "" : status.getDescription();
        return new Trouble(
                kind(status.getCode(), description, sent),
                "etcd: " + status.getCode() + (description.isEmpty() ? "" : ": " + description),
                status.asRuntimeException());
    }

    private static Kind kind(Status.Code code, String description, boolean sent) {
        return switch (code) {
            case NOT_FOUND -> description.contains("lease not found") ? Kind.SESSION_GONE : Kind.INVALID;
            case UNAUTHENTICATED -> Kind.LOGGED_OUT;
            case PERMISSION_DENIED -> Kind.DENIED;
            case OUT_OF_RANGE -> description.contains("compacted") ? Kind.COMPACTED : Kind.NOT_DONE;
            case RESOURCE_EXHAUSTED -> exhausted(description);
            case INVALID_ARGUMENT, UNIMPLEMENTED, FAILED_PRECONDITION -> invalid(description);
            default -> sent ? Kind.UNKNOWN : Kind.NOT_DONE;
        };
    }

    private static Kind exhausted(String description) {
        if (description.contains("exceeds maximum size")) {
            return Kind.UNKNOWN; // the answer was too large for us: the request was executed
        }
        return description.contains("too many requests") || description.contains("space exceeded")
                ? Kind.NOT_DONE
                : Kind.TOO_LARGE;
    }

    private static Kind invalid(String description) {
        if (description.contains("too large")) {
            return Kind.TOO_LARGE;
        }
        if (description.contains("user name is empty") || description.contains("auth store is old")) {
            return Kind.LOGGED_OUT;
        }
        return description.contains("authentication failed") ? Kind.DENIED : Kind.INVALID;
    }

    /** True if the server, or the way to it, is to blame, and another one may do better. */
    boolean isOfTheWay() {
        return kind == Kind.UNKNOWN || kind == Kind.NOT_DONE;
    }

    /** As the caller sees it; {@link Kind#SESSION_GONE} is for the session to tell. */
    BackendException toException() {
        return switch (kind) {
            case UNKNOWN -> new IndeterminateException(why, cause);
            case DENIED, LOGGED_OUT -> new AccessDeniedException(why, cause);
            case TOO_LARGE -> new PayloadTooLargeException(why);
            case INVALID -> new InvalidRequestException(why, cause);
            default -> new UnavailableException(why, cause);
        };
    }
}
