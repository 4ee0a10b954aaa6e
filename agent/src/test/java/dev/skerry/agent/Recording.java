package dev.skerry.agent;

import dev.skerry.model.Tensor;
import dev.skerry.model.TensorFile;
import dev.skerry.pipeline.PipelineSpec;
import dev.skerry.pipeline.Sample;
import dev.skerry.pipeline.SampleSource;
import dev.skerry.pipeline.Sources;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** Real accelerometer and gyroscope values, row by row, and as the CSV that a project would replay. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
final class Recording {
    static final int COLUMNS = 6;
    private static final int ROWS_OF_WINDOW = 118;

    private Recording() {}

    /** The first rows of the evaluation windows, one window after the other. */
    static List<float[]> rows(int count) {
        Tensor windows = TensorFile.readNpz(SharedData.at("models/har-motion/evaluation.npz")).entrySet().stream()
                .filter(entry -> !entry.getKey().equals("labels"))
                .findFirst()
                .orElseThrow()
                .getValue();
        float[] values = windows.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        var rows = new ArrayList<float[]>();
        for (int i = 0; i < count; i++) {
            float[] row = new float[COLUMNS];
            for (int column = 0; column < COLUMNS; column++) {
                row[column] = values[(i / ROWS_OF_WINDOW * COLUMNS + column) * ROWS_OF_WINDOW + i % ROWS_OF_WINDOW];
            }
            rows.add(row);
        }
        return rows;
    }

    static Path csv(Path file, List<float[]> rows) throws IOException {
        var text = new StringBuilder("ax,ay,az,gx,gy,gz\n");
        for (float[] row : rows) {
            text.append(text(row)).append('\n');
        }
        return Files.writeString(file, text);
    }

    static String text(float[] row) {
        var text = new StringBuilder();
        for (int i = 0; i < row.length; i++) {
            text.append(i == 0 ? "" : ",").append(row[i]);
        }
        return text.toString();
    }

    /** The windows that the CSV source makes of it. */
    static List<float[]> windows(Path csv, int window, int hop) throws IOException {
        PipelineSpec pipeline = PipelineSpec.parse(JsonMapper.builder()
                .build()
                .readTree("{\"source\": {\"csv\": \"" + csv.getFileName() + "\", \"window\": " + window + ", \"hop\": "
                        + hop + "}}"));
        SampleSource source = Sources.open(pipeline.source(), csv.getParent(), null);
        var windows = new ArrayList<float[]>();
        for (Sample sample : source) {
            windows.add(sample.inputs().values().iterator().next().data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
        }
        return windows;
    }
}
