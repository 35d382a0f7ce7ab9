package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.nio.file.Path;

/** A file of the data folder does not hold what was written. Nothing was changed; the member must not take part with it. */
final class CorruptLogException extends IOException {
    private static final long serialVersionUID = 1L;

    CorruptLogException(Path file, long offset, String what) {
        super(file + " is damaged at byte " + offset + ": " + what);
    }

    CorruptLogException(Path file, String what) {
        super(file + " is damaged: " + what);
    }
}
