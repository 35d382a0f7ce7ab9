package io.conclave.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules N1 and N2. */
class NodePathTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a/b",
                "//",
                "/a/",
                "/a//b",
                "/.",
                "/..",
                "/a/../b",
                "/a/./b",
                "/a\u0000",
                "/a\u001fb",
                "/\u007f",
                "/\u009f",
                "/\ud800",
                "/\udc00x",
                "/\ud83d\ude00",
                "/\ue000",
                "/\ufff0",
                "/\uffff",
                " /a"
            })
    void refusesWhatSomeBackendWouldRefuse(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> NodePath.of(text));
    }

    @Test
    void theComplaintNamesTheValueWithoutControlCharacters() {
        assertThatThrownBy(() -> NodePath.of("/a\nb"))
                .hasMessageContaining("'/a\\u000ab'")
                .hasMessageContaining("U+000A");
    }

    @Test
    void aSegmentHasAtMost255BytesOfUtf8() {
        assertThat(NodePath.of("/" + "x".repeat(255)).name()).hasSize(255);
        assertThatIllegalArgumentException().isThrownBy(() -> NodePath.of("/" + "x".repeat(256)));
        assertThatIllegalArgumentException().isThrownBy(() -> NodePath.of("/" + "\u00e9".repeat(128)));
        assertThat(NodePath.of("/" + "\u00e9".repeat(127)).isRoot()).isFalse();
    }

    @Test
    void aPathHasAtMost4096Bytes() {
        assertThat(NodePath.of("/a".repeat(100)).segments()).hasSize(100);
        assertThat(NodePath.of("/a".repeat(2048)).segments()).hasSize(2048);
        assertThatIllegalArgumentException().isThrownBy(() -> NodePath.of("/a".repeat(2048) + "b"));
        NodePath longest = NodePath.of("/a".repeat(2048));
        assertThatIllegalArgumentException().isThrownBy(() -> longest.child("b"));
        assertThatIllegalArgumentException().isThrownBy(() -> longest.under(NodePath.of("/app")));
    }

    @Test
    void twoSpellingsOfALetterAreTwoPaths() {
        assertThat(NodePath.of("/\u00e9")).isNotEqualTo(NodePath.of("/e\u0301"));
    }

    @Test
    void familyRelations() {
        NodePath path = NodePath.of("/app/locks/orders");
        assertThat(path.parent()).isEqualTo(NodePath.of("/app/locks"));
        assertThat(path.parent().parent().parent().isRoot()).isTrue();
        assertThat(path.name()).isEqualTo("orders");
        assertThat(path.ancestors()).isEqualTo(List.of(NodePath.of("/app"), NodePath.of("/app/locks")));
        assertThat(NodePath.of("/app").ancestors()).isEmpty();
        assertThat(NodePath.root().segments()).isEmpty();
        assertThat(NodePath.root().child("a")).hasToString("/a");
        assertThat(path.under(NodePath.of("/ns"))).hasToString("/ns/app/locks/orders");
        assertThat(path.under(NodePath.root())).isSameAs(path);
        assertThat(NodePath.root().under(path)).isSameAs(path);
        assertThatThrownBy(() -> NodePath.root().parent()).isInstanceOf(IllegalStateException.class);
        assertThatIllegalArgumentException().isThrownBy(() -> path.child("a/b"));
    }

    @Test
    void aPrefixIsWholeSegments() {
        assertThat(NodePath.of("/app2/x").startsWith(NodePath.of("/app"))).isFalse();
        assertThat(NodePath.of("/app/x").startsWith(NodePath.of("/app"))).isTrue();
        assertThat(NodePath.of("/app").startsWith(NodePath.of("/app"))).isTrue();
        assertThat(NodePath.of("/app").startsWith(NodePath.root())).isTrue();
    }
}
