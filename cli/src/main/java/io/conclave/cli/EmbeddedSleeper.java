package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.spi.BackendUrl;

/** A sleeper in this process: the embedded store's fault control stops everything of its connection. */
final class EmbeddedSleeper implements Sleeper {
    private final Conclave conclave;
    private final Worker worker;
    private final ClientFaults client;

    EmbeddedSleeper(Conclave conclave, BackendUrl url, String lockPath) {
        this.conclave = conclave;
        this.worker = new Worker(conclave, lockPath);
        this.client = EmbeddedStore.named(url.name())
                .faults()
                .session(conclave.health().sessionId());
    }

    @Override
    public long acquire() throws InterruptedException {
        return worker.acquire();
    }

    @Override
    public String pause() {
        client.pause();
        return "its client is paused by the fault control";
    }

    @Override
    public void resume() {
        client.resume();
    }

    @Override
    public boolean believesToHold() {
        return worker.believesToHold();
    }

    @Override
    public boolean wasToldOfLoss() throws InterruptedException {
        return worker.wasToldOfLoss();
    }

    @Override
    public boolean write(String path, String data) throws InterruptedException {
        return worker.write(path, data);
    }

    @Override
    public void close() {
        client.resume();
        conclave.close();
    }
}
