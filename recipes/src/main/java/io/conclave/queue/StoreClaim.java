package io.conclave.queue;

import io.conclave.Codec;
import io.conclave.Registration;
import io.conclave.internal.ItemClaim;
import io.conclave.internal.StandardCodecs;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A claim of the engine, read by the queue's codec. */
final class StoreClaim<T> implements Claim<T> {
    private final ItemClaim claim;
    private final Codec<T> codec;

    StoreClaim(ItemClaim claim, Codec<T> codec) {
        this.claim = claim;
        this.codec = codec;
    }

    @Override
    public String id() {
        return claim.key();
    }

    @Override
    public T value() {
        return StandardCodecs.decode(codec, claim.item(), claim.payload());
    }

    @Override
    public int delivery() {
        return claim.delivery();
    }

    @Override
    public boolean isValid() {
        return claim.isValid();
    }

    @Override
    public Registration onLost(Runnable listener) {
        return claim.onLost(listener);
    }

    @Override
    public void complete() throws InterruptedException {
        if (claim.complete(nothing -> {}) instanceof CommitResult.Refused) {
            throw new IllegalStateException("item " + id() + " could not be removed");
        }
    }

    @Override
    public CommitResult complete(Consumer<Commit.Builder> parts) throws InterruptedException {
        return claim.complete(parts);
    }

    @Override
    public CompletableFuture<Void> completeAsync() {
        return claim.completeAsync(nothing -> {}).thenApply(result -> null);
    }

    @Override
    public CompletableFuture<CommitResult> completeAsync(Consumer<Commit.Builder> parts) {
        return claim.completeAsync(parts);
    }

    @Override
    public void giveBack() throws InterruptedException {
        claim.giveBack();
    }

    @Override
    public void close() {
        claim.close();
    }

    @Override
    public String toString() {
        return "Claim[" + id() + ", delivery " + delivery() + "]";
    }
}
