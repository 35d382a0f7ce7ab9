package io.conclave.backend.inmemory.log;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs what would install a handler for a signal in the user's process, and puts the one that was there back. By reflection, since the type is the JDK's own and may be missing. */
final class Signals {
    private static final Logger log = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    static void keeping(String name, Runnable task) {
        Class<?> signal;
        Class<?> handler;
        Object named;
        Method handle;
        Object before;
        try {
            signal = Class.forName("sun.misc.Signal");
            handler = Class.forName("sun.misc.SignalHandler");
            named = signal.getConstructor(String.class).newInstance(name);
            handle = signal.getMethod("handle", signal, handler);
            before = handle.invoke(null, named, handler.getField("SIG_DFL").get(null));
        } catch (ReflectiveOperationException | RuntimeException unsupported) {
            log.debug("signals cannot be handled here", unsupported);
            task.run();
            return;
        }
        try {
            task.run();
        } finally {
            restore(handle, named, before);
        }
    }

    private static void restore(Method handle, Object named, Object before) {
        try {
            handle.invoke(null, named, before);
        } catch (IllegalAccessException | InvocationTargetException failure) {
            log.warn("the handler of signal {} could not be put back", named, failure);
        }
    }
}
