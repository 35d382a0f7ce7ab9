package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.cache.TreeCache;
import io.conclave.cache.TreeCacheListener;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Prices that every server has in memory. */
public final class PriceList implements AutoCloseable {
    private final Conclave conclave;
    private final TreeCache prices;

    /** Reads all prices, and follows them. */
    public PriceList(Conclave conclave, Consumer<String> log) throws InterruptedException, TimeoutException {
        this.conclave = conclave;
        // snippet:cache
        TreeCache cache = TreeCache.of(conclave, "/prices");
        cache.addListener(new TreeCacheListener() {
            @Override
            public void onChanged(Node before, Node now) {
                log.accept(now.name() + ": " + before.data().asUtf8() + " -> "
                        + now.data().asUtf8());
            }
        });
        cache.start();
        cache.awaitInitialised(Duration.ofSeconds(10));
        // end
        this.prices = cache;
    }

    /** The price, from memory. */
    public Optional<String> priceOf(String article) {
        // snippet:get
        return prices.get("/prices/" + article).map(node -> node.data().asUtf8());
        // end
    }

    /** Sets a price, and returns when this server shows it. */
    public void change(String article, String price) throws InterruptedException, TimeoutException {
        NodePath path = NodePath.of("/prices/" + article);
        // snippet:written
        CommitResult result = conclave.nodes().commit(parts -> parts.write(Write.put(path, Payload.utf8(price))));
        if (result instanceof CommitResult.Applied applied && applied.revision().isPresent()) {
            prices.awaitRevision(applied.revision().getAsLong(), Duration.ofSeconds(5));
        }
        // end
    }

    @Override
    public void close() {
        prices.close();
    }
}
