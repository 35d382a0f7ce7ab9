package io.conclave.it.support;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** What an etcd server counts itself: its page of metrics. */
public final class EtcdMetrics {
    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpRequest page;

    public EtcdMetrics(int clientPort) {
        page = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + clientPort + "/metrics"))
                .build();
    }

    /** The sum of all series of that name whose labels contain this text. */
    public long sum(String name, String labels) throws IOException, InterruptedException {
        double sum = 0;
        boolean found = false;
        for (String line :
                client.send(page, HttpResponse.BodyHandlers.ofString()).body().split("\n", -1)) {
            String series = line.substring(0, Math.max(0, line.lastIndexOf(' ')));
            boolean named = series.equals(name) || series.startsWith(name + "{");
            if (named && series.contains(labels)) {
                sum += Double.parseDouble(line.substring(series.length() + 1));
                found = true;
            }
        }
        if (!found) {
            throw new IOException("the server counts no " + name + " " + labels);
        }
        return (long) sum;
    }
}
