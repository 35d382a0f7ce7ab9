package io.conclave.histories;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A lock with tokens. The client that holds it looks now and then whether it does, and releases it; sometimes its session expires first. */
final class LockSubject extends Subject {
    private static final int EXPIRY_ONE_IN = 60;

    private final boolean fenced;
    private final Map<String, String> holderOf = new HashMap<>();
    private int holders;
    private String owner;
    private String displaced;
    private long token = 100;

    LockSubject(Random random, String bug, boolean fenced) {
        super(random, bug);
        this.fenced = fenced;
    }

    @Override
    Request next(String client) {
        String holder = holderOf.get(client);
        if (holder == null) {
            String fresh = client + "-" + ++holders;
            return new Request(client, random.nextInt(3) == 0 ? "tryAcquire" : "acquire", List.of(fresh));
        }
        return new Request(client, random.nextBoolean() ? "holds" : "release", List.of(holder));
    }

    @Override
    String apply(Request request) {
        String holder = request.arguments().get(0);
        return switch (request.verb()) {
            case "acquire", "tryAcquire" -> acquire(request, holder);
            case "holds" -> holds(request, holder);
            case "expire" -> expire();
            default -> release(request, holder);
        };
    }

    private String acquire(Request request, String holder) {
        boolean waits = request.verb().equals("acquire");
        if (owner != null && !slips("two holders")) {
            return waits ? BLOCKED : "false";
        }
        if (!waits && hasBug("refused while free") && random.nextInt(3) == 0) {
            return "false";
        }
        displaced = owner;
        owner = holder;
        holderOf.put(request.client(), holder);
        long previous = token;
        if (!slips("token twice")) {
            token++;
        }
        if (slips("token falls")) {
            return Long.toString(previous - 2);
        }
        return fenced ? Long.toString(token) : "true";
    }

    private String holds(Request request, String holder) {
        boolean really = holder.equals(owner) || holder.equals(displaced);
        if (!really && hasBug("holds for ever")) {
            return "true";
        }
        if (!really) {
            holderOf.remove(request.client());
        }
        return Boolean.toString(really);
    }

    private String expire() {
        owner = null;
        return DONE;
    }

    private String release(Request request, String holder) {
        holderOf.remove(request.client());
        if (holder.equals(owner)) {
            owner = slips("release forgotten") ? owner : null;
            return DONE;
        }
        if (holder.equals(displaced)) {
            displaced = null;
            return DONE;
        }
        if (hasBug("releases another's")) {
            owner = null;
        }
        return FAILED;
    }

    @Override
    Request happensByItself() {
        if (owner != null && random.nextInt(EXPIRY_ONE_IN) == 0) {
            return new Request("store", "expire", List.of(owner));
        }
        return null;
    }

    /** The client goes on with a new holder; the old one may have the lock until its session expires. */
    @Override
    void abandoned(Request request) {
        holderOf.remove(request.client(), request.arguments().get(0));
    }
}
