package io.conclave.histories;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Clients that use one subject at once, in steps that a random number chooses: each operation is called, takes effect in one instant, returns; some are given up, and take effect later or
 * never. Everything follows from the seed.
 */
final class Simulation {
    private final Random random;
    private final Subject subject;
    private final int unknownPerMille;
    private final List<Flight> flights = new ArrayList<>();
    private final List<Subject.Request> lost = new ArrayList<>();
    private long now;
    private final Recorder recorder = Recorder.inMemory(() -> ++now);

    private static final class Flight {
        Subject.Request request;
        Recorder.Call call;
        String answer;
    }

    Simulation(Random random, Subject subject, int clients, int unknownPerMille) {
        this.random = random;
        this.subject = subject;
        this.unknownPerMille = unknownPerMille;
        for (int i = 0; i < clients; i++) {
            flights.add(new Flight());
        }
    }

    static History run(Random random, Supplier<Subject> subject, int clients, int unknownPerMille, int operations) {
        return new Simulation(random, subject.get(), clients, unknownPerMille).run(operations);
    }

    private History run(int operations) {
        for (int called = 0; called < operations; ) {
            happenByItself();
            int client = random.nextInt(flights.size());
            Flight flight = flights.get(client);
            if (flight.request == null) {
                call(flight, "c" + client);
                called++;
            } else if (flight.answer == null && random.nextInt(1_000) < unknownPerMille) {
                giveUp(flight);
            } else if (flight.answer == null) {
                apply(flight);
            } else {
                answer(flight);
            }
        }
        return recorder.history();
    }

    private void call(Flight flight, String client) {
        flight.request = subject.next(client);
        flight.call = recorder.call(
                client, "/x", flight.request.verb(), flight.request.arguments().toArray(String[]::new));
        flight.answer = null;
    }

    private void apply(Flight flight) {
        String answer = subject.apply(flight.request);
        flight.answer = answer.equals(Subject.BLOCKED) ? null : answer;
    }

    private static void answer(Flight flight) {
        if (flight.answer.equals(Subject.DONE)) {
            flight.call.ok();
        } else if (flight.answer.equals(Subject.FAILED)) {
            flight.call.fail();
        } else {
            flight.call.ok(flight.answer);
        }
        flight.request = null;
    }

    private void giveUp(Flight flight) {
        flight.call.unknown();
        subject.abandoned(flight.request);
        if (random.nextBoolean()) {
            lost.add(flight.request);
        }
        flight.request = null;
    }

    private void happenByItself() {
        Subject.Request happens = subject.happensByItself();
        if (happens != null) {
            Recorder.Call call = recorder.call(
                    happens.client(), "/x", happens.verb(), happens.arguments().toArray(String[]::new));
            subject.apply(happens);
            call.ok();
        }
        if (!lost.isEmpty() && random.nextInt(8) == 0) {
            Subject.Request late = lost.remove(random.nextInt(lost.size()));
            subject.apply(late);
            subject.abandoned(late);
        }
    }
}
