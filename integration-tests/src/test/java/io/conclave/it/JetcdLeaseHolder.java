package io.conclave.it;

import io.etcd.jetcd.Client;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;

/** Keeps a lease alive with jetcd's client alone, until its input ends, and tells what it hears of it. Arguments: the server, seconds. */
final class JetcdLeaseHolder {
    private static final long WAIT_SECONDS = 30;

    private JetcdLeaseHolder() {}

    public static void main(String[] arguments) throws Exception {
        try (Client client =
                Client.builder().endpoints("http://" + arguments[0]).build()) {
            Lease leases = client.getLeaseClient();
            long id = leases.grant(Long.parseLong(arguments[1]))
                    .get(WAIT_SECONDS, TimeUnit.SECONDS)
                    .getID();
            System.out.println("LEASE " + id);
            leases.keepAlive(id, new Told());
            System.in.read();
        }
    }

    private static final class Told implements StreamObserver<LeaseKeepAliveResponse> {
        @Override
        public void onNext(LeaseKeepAliveResponse renewed) {
            System.out.println("RENEWED");
        }

        @Override
        public void onError(Throwable failure) {
            System.out.println("FAILED " + failure);
        }

        @Override
        public void onCompleted() {
            System.out.println("COMPLETED");
        }
    }
}
