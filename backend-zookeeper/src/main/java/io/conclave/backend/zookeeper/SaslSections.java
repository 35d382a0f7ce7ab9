package io.conclave.backend.zookeeper;

import io.conclave.spi.Credentials;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import javax.security.auth.login.Configuration;
import org.apache.zookeeper.server.auth.DigestLoginModule;
import org.jspecify.annotations.Nullable;

/**
 * The SASL credentials of clients. The client library reads them from the JAAS configuration of the process, by the name of a section. So each
 * client gets a section with a name of its own, in front of whatever configuration there was: that stays in force for all other names, and
 * two clients never share a section. Nothing is added before a client with SASL credentials is made.
 */
final class SaslSections extends Configuration {
    private static final Map<String, AppConfigurationEntry> OWN = new ConcurrentHashMap<>();
    private static final AtomicLong COUNT = new AtomicLong();
    private static final ReentrantLock LOCK = new ReentrantLock();

    private final @Nullable Configuration others;

    private SaslSections(@Nullable Configuration others) {
        this.others = others;
    }

    /** Adds a section and returns its name. The library wants the password as a string. */
    static String add(Credentials who) {
        String name = "conclave-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
        OWN.put(
                name,
                new AppConfigurationEntry(
                        DigestLoginModule.class.getName(),
                        LoginModuleControlFlag.REQUIRED,
                        Map.of(
                                "username",
                                who.user(),
                                "password",
                                new String(who.password().reveal()))));
        install();
        return name;
    }

    static void remove(String name) {
        OWN.remove(name);
    }

    private static void install() {
        LOCK.lock();
        try {
            Configuration present = present();
            if (!(present instanceof SaslSections)) {
                Configuration.setConfiguration(new SaslSections(present));
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static @Nullable Configuration present() {
        try {
            return Configuration.getConfiguration();
        } catch (SecurityException none) {
            return null; // no configuration was given to this process
        }
    }

    @Override
    public AppConfigurationEntry @Nullable [] getAppConfigurationEntry(String name) {
        AppConfigurationEntry own = OWN.get(name);
        if (own != null) {
            return new AppConfigurationEntry[] {own};
        }
        return others == null ? null : others.getAppConfigurationEntry(name);
    }

    @Override
    public void refresh() {
        if (others != null) {
            others.refresh();
        }
    }
}
