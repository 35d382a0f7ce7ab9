package io.conclave.internal;

/**
 * Tokens as numbers: {@code 0 | 7 bits epoch | 50 bits revision | 6 bits local hand-off}. Comparing tokens compares epoch, revision and hand-off in this order.
 */
final class FencingTokens {
    private static final int HAND_OFF_BITS = 6;
    private static final int REVISION_BITS = 50;
    private static final long REVISION_MAX = (1L << REVISION_BITS) - 1;
    private static final int EPOCH_MAX = 127;

    private FencingTokens() {}

    /** Fails loudly rather than give a token that could be smaller than an older one. */
    static long of(int epoch, long revision) {
        if (epoch < 0 || epoch > EPOCH_MAX) {
            throw new IllegalStateException("token epoch " + epoch + " is not in 0 to " + EPOCH_MAX);
        }
        if (revision <= 0 || revision > REVISION_MAX) {
            throw new IllegalStateException(
                    "revision " + revision
                            + " does not fit into the 50 bits of a fencing token: move the namespace to a fresh store and raise the epoch");
        }
        return ((long) epoch << (REVISION_BITS + HAND_OFF_BITS)) | (revision << HAND_OFF_BITS);
    }

    /** The revision inside a token. */
    static long revision(long token) {
        return (token >>> HAND_OFF_BITS) & REVISION_MAX;
    }
}
