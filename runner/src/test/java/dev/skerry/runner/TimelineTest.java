package dev.skerry.runner;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TimelineTest {
    @Test
    void aLongRunFitsAndKeepsItsPeaks() {
        var timeline = new Timeline(8);
        for (long cycle = 0; cycle < 100; cycle++) {
            timeline.add(cycle, cycle == 57 ? 9_000 : 1_000, cycle == 57);
        }

        assertThat(timeline.stretches()).hasSizeLessThanOrEqualTo(8);
        assertThat(timeline.stretches().stream()
                        .mapToLong(Timeline.Stretch::cycles)
                        .sum())
                .isEqualTo(100);
        assertThat(timeline.stretches())
                .filteredOn(stretch -> stretch.maxNanos() == 9_000)
                .singleElement()
                .satisfies(stretch -> {
                    assertThat(stretch.missed()).isEqualTo(1);
                    assertThat(stretch.firstCycle()).isLessThanOrEqualTo(57);
                    assertThat(stretch.firstCycle() + stretch.cycles()).isGreaterThan(57);
                });
    }
}
