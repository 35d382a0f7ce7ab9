package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.DistributedLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;

/**
 * A process that takes one lock again and again, with Conclave or with Apache Curator, and each time enters a witness that sees any overlap: a file lock of the operating system, which ends
 * with its process, around a counter that is read, raised and written in three steps.
 *
 * <p>Arguments: {@code conclave|curator hosts path witness grants}. Prints {@code READY}, begins when told {@code go}, and prints {@code GRANT n}
 * for each; told {@code hold}, it prints {@code HOLDING n} at its next grant, not the first few, and stays inside.
 */
final class InteropWorker {
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final int EXIT_OVERLAP = 3;
    private static final int EXIT_ORPHAN = 4;

    private static final int HOLD_FROM = 10;

    private static final CountDownLatch GO = new CountDownLatch(1);
    private static volatile boolean hold;

    private InteropWorker() {}

    private interface Mutex {
        AutoCloseable acquire() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Thread orders = new Thread(InteropWorker::listen, "orders");
        orders.setDaemon(true);
        orders.start();
        Path witness = Path.of(arguments[3]);
        int grants = Integer.parseInt(arguments[4]);
        if (arguments[0].equals("conclave")) {
            try (Conclave conclave = Conclave.connect(ZooKeeperServers.url(arguments[1], "", SESSION))) {
                DistributedLock lock = DistributedLock.of(conclave, arguments[2]);
                work(() -> conclaveGrant(lock), witness, grants);
            }
        } else {
            int millis = (int) SESSION.toMillis();
            try (CuratorFramework curator =
                    CuratorFrameworkFactory.newClient(arguments[1], millis, millis, new RetryOneTime(100))) {
                curator.start();
                InterProcessMutex mutex = new InterProcessMutex(curator, arguments[2]);
                work(() -> curatorGrant(mutex), witness, grants);
            }
        }
        System.out.println("DONE");
        System.exit(0);
    }

    private static AutoCloseable conclaveGrant(DistributedLock lock) throws Exception {
        Grant grant = lock.acquire(WAIT);
        return grant::release;
    }

    private static AutoCloseable curatorGrant(InterProcessMutex mutex) throws Exception {
        if (!mutex.acquire(WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IllegalStateException("not obtained within " + WAIT);
        }
        return mutex::release;
    }

    private static void work(Mutex mutex, Path witness, int grants) throws Exception {
        try (FileChannel file = FileChannel.open(
                witness, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
            System.out.println("READY");
            GO.await();
            for (int grant = 1; grant <= grants; grant++) {
                AutoCloseable held = mutex.acquire();
                enter(file, grant);
                held.close();
                System.out.println("GRANT " + grant);
            }
        }
    }

    private static void enter(FileChannel file, int grant) throws Exception {
        try (FileLock alone = file.tryLock()) {
            if (alone == null) {
                System.out.println("OVERLAP at grant " + grant);
                Runtime.getRuntime().halt(EXIT_OVERLAP);
            }
            ByteBuffer counter = ByteBuffer.allocate(Long.BYTES);
            file.read(counter, 0);
            long before = counter.getLong(0);
            Thread.onSpinWait();
            file.write(counter.clear().putLong(0, before + 1), 0);
            if (hold && grant >= HOLD_FROM) {
                System.out.println("HOLDING " + grant);
                Thread.currentThread().join(); // until killed
            }
        }
    }

    private static void listen() {
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                if (line.equals("go")) {
                    GO.countDown();
                }
                hold |= line.equals("hold");
            }
        } catch (IOException closed) {
            System.out.println("no more orders: " + closed.getMessage());
        }
        Runtime.getRuntime().halt(EXIT_ORPHAN);
    }
}
