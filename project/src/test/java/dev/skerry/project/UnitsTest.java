package dev.skerry.project;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnitsTest {
    @Test
    void readsWhatPeopleWrite() {
        assertThat(Units.nanos("5ms")).hasValue(5e6);
        assertThat(Units.nanos("800 µs")).hasValue(800e3);
        assertThat(Units.hertz("300/min")).hasValue(5);
        assertThat(Units.hertz("120Hz")).hasValue(120);
        assertThat(Units.bytes("256MB")).hasValue(256e6);
        assertThat(Units.bytes("1 MiB")).hasValue(1 << 20);
    }

    @Test
    void refusesTheRest() {
        assertThat(Units.nanos("5")).isEmpty();
        assertThat(Units.nanos("-5ms")).isEmpty();
        assertThat(Units.nanos("5 parsecs")).isEmpty();
        assertThat(Units.hertz("ms")).isEmpty();
        assertThat(Units.bytes("")).isEmpty();
    }
}
