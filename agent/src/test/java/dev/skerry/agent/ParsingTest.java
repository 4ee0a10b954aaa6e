package dev.skerry.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.pipeline.ModbusSpec;
import dev.skerry.pipeline.MqttSpec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is pure: payloads, registers, pauses, restarts, declarations. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class ParsingTest {
    private static final List<ModbusSpec.Table> TABLES = List.of(ModbusSpec.Table.values());
    private static final List<ModbusSpec.Type> TYPES = Stream.of(ModbusSpec.Type.values())
            .filter(type -> type != ModbusSpec.Type.BIT)
            .toList();

    @ParameterizedTest
    @EnumSource(MqttSpec.Format.class)
    void noPayloadMakesTheReaderThrowAndWhatItTakesIsFinite(MqttSpec.Format format) {
        var random = new Random(7);
        var reader = new PayloadReader(format, List.of(), 3, null);
        String[] seeds = {"[1, 2, 3]", "1,2,3", "-1.5e3", "{\"a\": [1, {\"b\": null}]}", "[1e400, NaN, 0x1]", "١,٢,٣"};
        for (int i = 0; i < 20_000; i++) {
            byte[] payload = seeds[random.nextInt(seeds.length)].getBytes(StandardCharsets.UTF_8);
            for (int change = random.nextInt(4); change > 0 && payload.length > 0; change--) {
                payload[random.nextInt(payload.length)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(5) == 0) {
                payload = java.util.Arrays.copyOf(payload, random.nextInt(20));
            }
            float[] row = new float[3];
            if (reader.read(payload, row, 0) instanceof PayloadReader.Reading.Row) {
                for (float value : row) {
                    assertThat(Float.isFinite(value)).isTrue();
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ModbusSpec.Type.class)
    void registersMeanTheSameInEveryOrder(ModbusSpec.Type type) {
        if (type == ModbusSpec.Type.BIT) {
            return;
        }
        double value = switch (type) {
            case INT16, INT32, INT64 -> -12345;
            case UINT16, UINT32, UINT64 -> 54321;
            case FLOAT32, FLOAT64, BIT -> -1.5;
        };
        ByteBuffer big = ByteBuffer.allocate(8);
        switch (type) {
            case INT16, UINT16 -> big.putShort((short) value);
            case INT32, UINT32 -> big.putInt((int) value);
            case INT64, UINT64 -> big.putLong((long) value);
            case FLOAT32 -> big.putFloat((float) value);
            case FLOAT64, BIT -> big.putDouble(value);
        }
        if (type == ModbusSpec.Type.UINT16) {
            big.putShort(0, (short) 54321);
        }
        int bytes = type.registers() * 2;
        for (ModbusSpec.Order order : ModbusSpec.Order.values()) {
            byte[] sent = new byte[bytes];
            for (int i = 0; i < bytes; i++) {
                int word = i / 2;
                int from = order == ModbusSpec.Order.CDAB || order == ModbusSpec.Order.DCBA
                        ? type.registers() - 1 - word
                        : word;
                boolean swapped = order == ModbusSpec.Order.BADC || order == ModbusSpec.Order.DCBA;
                sent[i] = big.get(from * 2 + (swapped ? 1 - i % 2 : i % 2));
            }
            RegisterReading reading = RegisterReading.of(
                    List.of(new ModbusSpec.Register(7, ModbusSpec.Table.HOLDING, type, order, 2, 1)));
            float[] row = new float[1];
            assertThat(RegisterReading.read(reading.requests().getFirst(), sent, row))
                    .isTrue();
            assertThat(row[0]).as(type + " " + order).isEqualTo((float) (value * 2 + 1));
            assertThat(RegisterReading.read(
                            reading.requests().getFirst(), java.util.Arrays.copyOf(sent, bytes - 1), row))
                    .isFalse();
        }
    }

    @Test
    void neighboursAreReadTogetherAndNoRequestIsTooLarge() {
        var random = new Random(3);
        for (int trial = 0; trial < 500; trial++) {
            List<ModbusSpec.Register> registers = IntStream.range(0, 1 + random.nextInt(60))
                    .mapToObj(_ -> {
                        ModbusSpec.Table table = TABLES.get(random.nextInt(TABLES.size()));
                        boolean bit = table == ModbusSpec.Table.COIL || table == ModbusSpec.Table.DISCRETE;
                        return new ModbusSpec.Register(
                                random.nextInt(400),
                                table,
                                bit ? ModbusSpec.Type.BIT : TYPES.get(random.nextInt(TYPES.size())),
                                ModbusSpec.Order.ABCD,
                                1,
                                0);
                    })
                    .toList();
            List<RegisterReading.Request> requests =
                    RegisterReading.of(registers).requests();
            assertThat(requests.stream()
                            .mapToInt(request -> request.registers().size())
                            .sum())
                    .isEqualTo(registers.size());
            for (RegisterReading.Request request : requests) {
                assertThat(request.count()).isLessThanOrEqualTo(request.ofBits() ? 2000 : 125);
                for (RegisterReading.Column column : request.registers()) {
                    assertThat(column.register().table()).isEqualTo(request.table());
                    assertThat(column.register().at()).isGreaterThanOrEqualTo(request.at());
                    assertThat(column.register().at() + column.register().type().registers())
                            .isLessThanOrEqualTo(request.at() + request.count());
                }
            }
        }
    }

    @Test
    void pausesGrowToALimitAndDiffer() {
        var backoff = new Backoff(100, 1000, new Random(1));
        long most = 100;
        for (int i = 0; i < 20; i++) {
            assertThat(backoff.next()).isBetween(most / 2, most);
            most = Math.min(1000, most * 2);
        }
        backoff.reset();
        assertThat(backoff.next()).isLessThanOrEqualTo(100);
    }

    @Test
    void aRunnerIsStartedAgainAFewTimesAndOneThatRefusesNotAtAll() {
        var died = dev.skerry.problem.Problem.environment("run.died", "died");
        var policy = new RestartPolicy(new Random(1));
        assertThat(policy.after(died, 0)).isEqualTo(new RestartPolicy.Verdict.Again(0));
        for (int i = 1; i < RestartPolicy.MOST; i++) {
            assertThat(policy.after(died, 1))
                    .isInstanceOfSatisfying(
                            RestartPolicy.Verdict.Again.class,
                            again -> assertThat(again.pauseNanos()).isPositive());
        }
        assertThat(policy.after(died, 1)).isInstanceOf(RestartPolicy.Verdict.StayDown.class);
        assertThat(policy.after(died, RestartPolicy.STABLE_NANOS)).isEqualTo(new RestartPolicy.Verdict.Again(0));
        assertThat(policy.after(dev.skerry.problem.Problem.gate("run.golden", "no"), RestartPolicy.STABLE_NANOS))
                .isInstanceOf(RestartPolicy.Verdict.StayDown.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'mqtt': 'mqtt://u:hunter2@h', 'topics': 't'}",
                "{'mqtt': 'http://h', 'topics': 't'}",
                "{'mqtt': 'mqtt://h:99999', 'topics': 't'}",
                "{'mqtt': 'h', 'topics': 't', 'password': 'hunter2'}",
                "{'mqtt': 'h', 'topics': ['a', 'b']}",
                "{'mqtt': 'h', 'topics': 't', 'fields': 'a.b'}",
                "{'mqtt': 'h', 'topics': 't', 'tls': {'ca': 'x'}}",
                "{'mqtt': 'mqtts://h', 'topics': 't', 'tls': {'key': 'x'}}",
                "{'mqtt': 'h', 'topics': 't', 'qos': 3}",
                "{'mqtt': 'h'}",
                "{'modbus': 'h', 'registers': [], 'every': 1}",
                "{'modbus': 'h', 'registers': [0]}",
                "{'modbus': 'h', 'registers': [{'at': 65535, 'type': 'float32'}], 'every': 1}",
                "{'modbus': 'h', 'registers': [{'at': 0, 'kind': 'coil', 'type': 'int16'}], 'every': 1}",
                "{'modbus': 'h', 'registers': [0], 'every': 0}",
                "{'modbus': 'h', 'unit': 256, 'registers': [0], 'every': 1}",
                "{'opcua': 'http://h', 'nodes': 'i=1'}",
                "{'opcua': 'opc.tcp://h', 'nodes': 'i=1', 'policy': 'basic256sha256'}",
                "{'opcua': 'opc.tcp://h', 'nodes': 'i=1', 'mode': 'sign'}",
                "{'opcua': 'opc.tcp://h', 'nodes': 'i=1', 'topics': 't'}"
            })
    void declarationsThatCanNotBeAreRefusedAndNoSecretIsRepeated(String source) {
        assertThatThrownBy(() -> SourceProbe.spec(source))
                .isInstanceOf(dev.skerry.problem.ProblemException.class)
                .hasMessageNotContaining("hunter2");
    }
}
