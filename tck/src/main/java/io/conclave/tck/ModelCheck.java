package io.conclave.tck;

import java.util.List;
import java.util.function.Consumer;

/** Random programs. */
record ModelCheck(String name, Consumer<Lab> body) {
    static List<ModelCheck> all() {
        return List.of();
    }

    void run(BackendUnderTest target) {
        try (Lab lab = new Lab(target)) {
            body.accept(lab);
        }
    }
}
