package io.conclave.it.support;

import java.io.IOException;
import java.time.Duration;

/** Servers of one kind, each a process of its own, numbered from 0: what a scenario needs that is played on several kinds. */
public interface Servers extends AutoCloseable {
    /** How many there are. */
    int count();

    /** The URL of a namespace ({@code /app}, or empty) on all servers. */
    String url(String namespace, Duration sessionTimeout);

    /** The server that leads, or is alone. Waits for an election. */
    int leader() throws InterruptedException;

    /** A server that does not lead. */
    default int follower() throws InterruptedException {
        return (leader() + 1) % count();
    }

    /** SIGKILL to one server, and waits until it has ended. */
    void kill(int index) throws InterruptedException;

    /** Starts a server that was killed, on its old data. Does not wait for it. */
    void restart(int index) throws IOException;

    /** SIGSTOP to one server. */
    void pause(int index) throws InterruptedException;

    /** SIGCONT to one server. */
    void resume(int index) throws InterruptedException;

    /** Waits until one server answers clients. */
    void awaitServing(int index) throws InterruptedException;

    /** The first server, behind a new proxy. */
    ServerBehindProxy behindProxy() throws IOException;

    @Override
    void close();
}
