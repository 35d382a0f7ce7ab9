package io.conclave.semaphore;

import io.conclave.internal.AdmissionPolicy;
import io.conclave.internal.PermitNames;
import io.conclave.internal.PermitNames.Claim;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * So many of a semaphore's permits. A contender is admitted when what it wants fits together with all that those ahead of it hold or want: sums over the order, which only
 * fall as time goes on, so the admitted never exceed the limit and nobody overtakes.
 *
 * <p>If one waits, all behind it wait. Only the first of them can be next, so it alone follows the directory, where any holder may leave. Each other one watches the
 * nearest ahead, which tells when it was admitted. That is sure to be one that waits, and will tell, if the sum up to it exceeds every limit that there
 * has been; otherwise (a limit was lowered under holders) the directory is followed, too.
 *
 * @param wanted how many
 * @param declared how many there are, as the caller says
 */
record PermitPolicy(int wanted, int declared) implements AdmissionPolicy {
    @Override
    public String kind() {
        return wanted == 1 ? "1 permit" : wanted + " permits";
    }

    @Override
    public String tag() {
        return PermitNames.contenderTag(wanted, declared);
    }

    @Override
    public List<String> tags() {
        return PermitNames.TAGS;
    }

    @Override
    public Query.Children firstLook(NodePath path, int atLeast) {
        return Query.contenders(path, PermitNames.TAGS);
    }

    @Override
    public Verdict judge(Line line) {
        List<Node> all = new ArrayList<>(line.ahead());
        all.addAll(line.behind());
        Optional<PermitNames.Limit> set = PermitNames.of(all).limit();
        List<Claim> ahead = PermitNames.of(line.ahead()).contenders();
        if (set.isEmpty()) {
            Optional<Claim> other =
                    ahead.stream().filter(claim -> claim.declared() != declared).findFirst();
            if (other.isPresent()) {
                return new Refused(new PermitsMismatchException("declared with " + declared
                        + " permits, but others who use it say " + other.get().declared()));
            }
        }
        int limit = set.map(PermitNames.Limit::permits).orElse(declared);
        if (wanted > limit) {
            return new Refused(
                    new PermitsMismatchException(wanted + " permits are wanted, but it was resized to " + limit));
        }
        long before = ahead.stream().mapToLong(Claim::wanted).sum();
        if (before + wanted <= limit) {
            return new Admitted(!PermitNames.of(line.behind()).contenders().isEmpty());
        }
        long most = set.map(PermitNames.Limit::most).orElse(declared);
        return before > most ? new AfterWordFrom(ahead.get(ahead.size() - 1).node()) : new WhenAnyLeaves();
    }

    @Override
    public boolean concernsAll(NodePath node) {
        return PermitNames.isLimit(node.name());
    }

    @Override
    public boolean excludes(AdmissionPolicy held) {
        return false;
    }
}
