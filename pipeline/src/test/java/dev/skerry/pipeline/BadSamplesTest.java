package dev.skerry.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.skerry.problem.ProblemException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BadSamplesTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void aJpegThatIsCutOffIsRefusedAndNotPaintedGray() throws IOException {
        var image = new BufferedImage(80, 80, BufferedImage.TYPE_3BYTE_BGR);
        for (int i = 0; i < 80 * 80; i++) {
            image.setRGB(i % 80, i / 80, i * 2_654_435);
        }
        var bytes = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "jpg", bytes)).isTrue();
        byte[] whole = bytes.toByteArray();
        Path file = folder.resolve("a.jpg");
        var spec = new SourceSpec.Images(folder.toString(), null, null, 3, 0, 0);

        Files.write(file, whole);
        assertThat(ImageSource.open(spec, folder, null).iterator().next().inputs())
                .isNotEmpty();

        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        assertThatThrownBy(() -> ImageSource.open(spec, folder, null).iterator().next())
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("cut off");
    }
}
