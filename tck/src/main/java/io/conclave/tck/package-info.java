/**
 * The conformance kit for backends: every rule of {@code docs/spec.md} as a test, and a model check.
 *
 * <p>It sees nothing but {@link io.conclave.spi}. A backend's whole conformance test says how to connect and which faults can be made:
 *
 * <pre>{@code
 * class MyStoreConformanceTest extends BackendConformance {
 *     @Override
 *     protected BackendUnderTest backend() {
 *         MyTestServer server = MyTestServer.start();
 *         return new BackendUnderTest() {
 *             @Override
 *             public CompletionStage<Backend> connect(String namespace) {
 *                 BackendUrl url = BackendUrl.parse("mystore://" + server.address() + "/" + namespace);
 *                 long deadline = timekeeper().deadlineAfter(Duration.ofSeconds(10));
 *                 return new MyStoreProvider().connect(BackendConfig.of(url, timekeeper(), deadline));
 *             }
 *
 *             @Override
 *             public Timekeeper timekeeper() {
 *                 return Timekeeper.system();
 *             }
 *
 *             @Override
 *             public Duration sessionTtl() {
 *                 return Duration.ofSeconds(2);
 *             }
 *
 *             @Override
 *             public boolean expire(Session session) {
 *                 return server.expire(session.id());
 *             }
 *
 *             @Override
 *             public void close() {
 *                 server.stop();
 *             }
 *         };
 *     }
 * }
 * }</pre>
 *
 * <p>Tests are named by the rule that they check; a failure prints the rule and what was seen. A check that needs a fault that {@link
 * io.conclave.tck.BackendUnderTest} cannot make is skipped with the reason: a backend that skips the checks of C4 has not shown that it
 * keeps C4. Every wait ends: {@link io.conclave.tck.BackendUnderTest#patience()}.
 *
 * <p>The model check runs random programs on the backend and on a plain model of the contract and compares what they answer. It
 * prints the seed of a program that differs; {@code -Dconclave.tck.seed=…} with {@code -Dconclave.tck.programs=1} runs it again.
 */
@NullMarked
package io.conclave.tck;

import org.jspecify.annotations.NullMarked;
