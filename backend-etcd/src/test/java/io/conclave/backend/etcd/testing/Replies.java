package io.conclave.backend.etcd.testing;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What came back on a call. */
final class Replies<T> implements StreamObserver<T> {
    private static final long LIMIT_SECONDS = 10;

    /** The status at the end. */
    final CompletableFuture<Status> end = new CompletableFuture<>();

    private final BlockingQueue<T> messages = new LinkedBlockingQueue<>();

    @Override
    public void onNext(T message) {
        messages.add(message);
    }

    @Override
    public void onError(Throwable failure) {
        end.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
        end.complete(Status.OK);
    }

    T next() throws InterruptedException {
        T message = messages.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no message within " + LIMIT_SECONDS + " s; the end was " + end);
        }
        return message;
    }

    /** Whether nothing is there that was not taken. */
    boolean isSilent() {
        return messages.isEmpty() && !end.isDone();
    }

    Status.Code endCode() throws Exception {
        return end.get(LIMIT_SECONDS, TimeUnit.SECONDS).getCode();
    }
}
