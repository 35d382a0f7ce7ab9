package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Message;
import io.conclave.spi.Capabilities;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The client's side of a session with a replicated store. Messages come in on event threads, which only put them into the drain; events are offered to their watches before that, so that what waits for a slow listener is
 * bounded.
 *
 * <p><b>Watches over cuts.</b> On a new connection each watch is started again from the revision up to which it has heard all: that of the session's latest message for those that were running, and for those that were not started again
 * yet, the one they had before.
 */
final class RemoteSession extends StoreSession implements RemoteBackend.Receiver {
    private final RemoteBackend backend;
    private final int number;
    private final Map<Integer, ClientWatch> watchOf = new ConcurrentHashMap<>();
    private final AtomicInteger watchNumbers = new AtomicInteger();
    /** The latest revision of all messages; events count when they are handed over, as they are told without fail. */
    private final AtomicLong received = new AtomicLong();
    /** Those without an answer on the present connection. Touched only in the drain, like all that follows. */
    private final Map<Long, Request<?>> waiting = new HashMap<>();

    private long requests;
    private boolean attaching;

    RemoteSession(
            RemoteBackend backend, Message.Opened opened, SessionSpec spec, SessionListener listener, int openedOn) {
        super(
                backend.timekeeper(),
                new Reply.Opened(opened.sessionId(), opened.nonce(), opened.ttlMillis()),
                spec,
                Duration.ofMillis(opened.ttlMillis()),
                listener);
        this.backend = backend;
        this.number = opened.session();
        this.epoch = openedOn;
    }

    int number() {
        return number;
    }

    // ---- sending

    @Override
    void enter(Runnable call) {
        call.run();
    }

    @Override
    Capabilities capabilities() {
        return backend.capabilities();
    }

    @Override
    boolean isUp() {
        return backend.connector().epoch() == epoch;
    }

    @Override
    boolean parks() {
        return true;
    }

    @Override
    void reconnect() {
        // the connector is at it all the time
    }

    @Override
    void forgotten() {
        backend.forget(number);
    }

    @Override
    void dropConnection(String why) {
        super.dropConnection(why);
        backend.connector().suspect(epoch, why);
    }

    @Override
    void carry(Request<?> request) {
        if (request.ask instanceof Ask.Watch asked) {
            startWatch(asked.watch(), true, Interest.afterRevisionOf(asked.watch().spec));
            request.renews = false;
            answered(request, 0, () -> request.succeed(true)); // what starts it are its first events
            return;
        }
        long id = ++requests;
        waiting.put(id, request);
        send(messageOf(id, request));
        if (request.ask instanceof Ask.Resume resume) {
            attaching = true;
            goOnWatching(resume);
        }
    }

    private void send(Message message) {
        // if the connection is over, what was asked fails when that is told
        backend.connector().send(epoch, message);
    }

    private Message messageOf(long id, Request<?> request) {
        Ask ask = request.ask;
        if (ask instanceof Ask.Commit asked) {
            return new Message.DoCommit(id, number, asked.commit(), request.unsettled);
        }
        if (ask instanceof Ask.Withdraw asked) {
            return new Message.Withdraw(id, number, asked.opId(), request.unsettled);
        }
        if (ask instanceof Ask.Read asked) {
            boolean linearizable = asked.level() == ReadLevel.LINEARIZABLE;
            request.renews = linearizable; // the others are answered without a quorum
            return new Message.Read(id, number, linearizable, asked.queries());
        }
        if (ask instanceof Ask.Resume) {
            return new Message.Attach(id, number, id(), backend.namespace());
        }
        if (ask instanceof Ask.End) {
            return new Message.End(id, number, id());
        }
        return new Message.Beat(id, number);
    }

    // ---- watches

    private void startWatch(ClientWatch watch, boolean first, long after) {
        if (watch.number == 0) {
            watch.number = watchNumbers.incrementAndGet();
            watchOf.put(watch.number, watch);
        }
        send(new Message.Watch(number, watch.number, watch.spec, after, first));
    }

    private void goOnWatching(Ask.Resume resume) {
        long heard = Math.max(resume.heardUpTo(), received.get());
        for (ClientWatch watch : resume.watches()) {
            if (watch.live) {
                watch.live = false;
                watch.heardUpTo = heard;
            }
            boolean active = watch.isActive();
            startWatch(watch, !active, active ? watch.heardUpTo : Interest.afterRevisionOf(watch.spec));
        }
    }

    @Override
    void cancelled(ClientWatch watch) {
        if (watchOf.remove(watch.number) != null) {
            send(new Message.Unwatch(number, watch.number));
        }
    }

    // ---- receiving, on event threads

    @Override
    public void connected(int made) {
        drain.executeLater(() -> {
            waiting.clear();
            attaching = false;
            connectedAgain(made);
        });
    }

    private void connectedAgain(int made) {
        super.connected(made);
    }

    @Override
    public void disconnected(int broken) {
        drain.executeLater(() -> super.disconnected(broken));
    }

    @Override
    public void received(int from, Message message) {
        if (message instanceof Message.Events events) {
            hear(events);
        } else {
            drain.executeLater(() -> {
                if (from == epoch) {
                    take(message);
                }
            });
        }
    }

    private void hear(Message.Events told) {
        List<Runnable> events = new ArrayList<>(told.events().size());
        for (Message.Event event : told.events()) {
            ClientWatch watch = watchOf.get(event.watch());
            if (watch != null) {
                Runnable call = event.kind() == null
                        ? watch.offerResync(event.revision())
                        : watch.offer(new Change(event.kind(), event.path(), event.revision()));
                if (call != ClientWatch.NOTHING) {
                    events.add(call);
                }
            }
        }
        received.accumulateAndGet(told.revision(), Math::max);
        ClientWatch started = watchOf.get(told.started());
        if (started != null || !events.isEmpty()) {
            drain.executeLater(() -> {
                if (started != null) {
                    started.live = true;
                    started.activate();
                }
                hear(told.revision(), events);
            });
        }
    }

    // ---- in the drain

    private void take(Message message) {
        if (message instanceof Message.Result result) {
            answer(result.request(), result.revision(), result.result());
        } else if (message instanceof Message.Views views) {
            answer(views.request(), views.revision(), views.views());
        } else if (message instanceof Message.Done done) {
            answer(done.request(), done.revision(), true);
        } else if (message instanceof Message.Withdrawn withdrawn) {
            answer(withdrawn.request(), withdrawn.revision(), withdrawn.withdrawal());
        } else if (message instanceof Message.Failed failed) {
            failed(failed);
        } else if (message instanceof Message.Ended over) {
            ended(waiting.remove(over.request()));
        }
    }

    private void answer(long id, long revision, Object answer) {
        Request<?> request = waiting.remove(id);
        if (request != null) {
            attaching &= !(request.ask instanceof Ask.Resume);
            received.accumulateAndGet(revision, Math::max);
            answered(request, revision, () -> request.succeed(answer));
        }
    }

    private void failed(Message.Failed failed) {
        Request<?> request = waiting.remove(failed.request());
        if (request == null) {
            return;
        }
        attaching &= !(request.ask instanceof Ask.Resume);
        switch (failed.failure()) {
            case UNKNOWN -> fail(request, request.unanswered(failed.text()));
            case INVALID -> refuse(request, new InvalidRequestException(failed.text()));
            case TOO_LARGE -> refuse(request, new PayloadTooLargeException(failed.text()));
            case NOT_ATTACHED -> {
                fail(request, request.notSent(failed.text(), isDoubtful(request)));
                if (!attaching && !state().isFinal()) {
                    resume();
                }
            }
            case NOT_DONE -> fail(request, request.notSent(failed.text(), isDoubtful(request)));
        }
    }

    /** For good: the operation is settled. */
    private void refuse(Request<?> request, RuntimeException why) {
        request.renews = false; // it may have been refused without a quorum
        answered(request, 0, () -> request.result.completeExceptionally(why));
    }
}
