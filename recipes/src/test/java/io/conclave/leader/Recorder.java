package io.conclave.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.FencedGrant;
import java.util.List;

/** Writes down what a listener hears: {@code +token} and {@code -token}. */
final class Recorder implements LeadershipListener {
    private final List<String> heard;

    Recorder(List<String> heard) {
        this.heard = heard;
    }

    @Override
    public void onGained(FencedGrant term) {
        heard.add("+" + term.fencingToken());
    }

    @Override
    public void onLost(FencedGrant term) {
        heard.add("-" + term.fencingToken());
    }

    /** M6, list 10: gained(t) and lost(t) alternate, and the tokens rise. */
    static void requireAlternation(List<String> heard, String what) {
        long last = 0;
        for (int i = 0; i < heard.size(); i++) {
            String one = heard.get(i);
            assertThat(one.charAt(0)).as(what + " " + heard).isEqualTo(i % 2 == 0 ? '+' : '-');
            long token = Long.parseLong(one.substring(1));
            if (i % 2 == 0) {
                assertThat(token).as(what + " " + heard).isGreaterThan(last);
            } else {
                assertThat(token).as(what + " " + heard).isEqualTo(last);
            }
            last = token;
        }
    }
}
