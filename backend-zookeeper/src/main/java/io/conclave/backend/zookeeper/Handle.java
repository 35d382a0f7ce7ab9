package io.conclave.backend.zookeeper;

import java.io.IOException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.proto.ReplyHeader;
import org.apache.zookeeper.proto.RequestHeader;

/** The client of one ZooKeeper session, with a close that tells whether the server confirmed the end of the session. */
@SuppressWarnings("try") // the client's own close is interruptible
final class Handle extends ZooKeeper {
    Handle(String servers, int timeoutMillis, Watcher watcher, ZKClientConfig config) throws IOException {
        super(servers, timeoutMillis, watcher, false, new ServerList(servers), config);
    }

    /** Ends the session and the client's threads. Blocks for as long as the server is silent, at most the session's time-out. */
    boolean closeConfirmed() throws InterruptedException {
        RequestHeader header = new RequestHeader();
        header.setType(ZooDefs.OpCode.closeSession);
        ReplyHeader reply = cnxn.submitRequest(header, null, null, null);
        boolean confirmed = reply.getErr() == 0;
        close();
        return confirmed;
    }

    /** The last transaction that the server has told of. */
    long lastZxid() {
        return Math.max(0, cnxn.getLastZxid());
    }
}
