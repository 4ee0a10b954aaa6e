package dev.skerry.pipeline;

import dev.skerry.model.DataType;
import dev.skerry.model.Tensor;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.FileImageInputStream;
import org.jspecify.annotations.Nullable;

/**
 * JPEG and PNG files as uint8 [height, width, channels], RGB or gray (ITU-R BT.601 luma). Transparent pixels are seen on black;
 * an orientation in the metadata is not applied.
 */
final class ImageSource {
    private static final Set<String> ENDINGS = Set.of(".jpg", ".jpeg", ".png");
    /** A file of a few bytes can claim any size; this is more than any camera has. */
    private static final long MOST_PIXELS = 200_000_000;

    private ImageSource() {}

    static SampleSource open(SourceSpec.Images spec, Path base, @Nullable Path names) {
        return new FileSource(entries(spec, base, names), entry -> read(entry.file(), spec));
    }

    private static List<FileSet.Entry> entries(SourceSpec.Images spec, Path base, @Nullable Path names) {
        String labels = spec.labels();
        return FileSet.of(base.resolve(spec.path()), ENDINGS, labels == null ? null : base.resolve(labels), names);
    }

    static FrameFormat frame(SourceSpec.Images spec, Path base) {
        if (spec.width() > 0) {
            return new FrameFormat.Image(spec.height(), spec.width(), spec.channels());
        }
        int width = -1;
        int height = -1;
        for (FileSet.Entry entry : entries(withoutNames(spec), base, null)) {
            int[] size = with(entry.file(), ImageSource::size);
            if (width >= 0 && (width != size[0] || height != size[1])) {
                return new FrameFormat.Image(0, 0, spec.channels());
            }
            width = size[0];
            height = size[1];
        }
        return new FrameFormat.Image(height, width, spec.channels());
    }

    private static SourceSpec.Images withoutNames(SourceSpec.Images spec) {
        return new SourceSpec.Images(spec.path(), spec.labels(), null, spec.channels(), spec.width(), spec.height());
    }

    /** What is done with an open image file. */
    private interface Reading<T> {
        T read(ImageReader reader) throws IOException;
    }

    private static <T> T with(Path file, Reading<T> reading) {
        if (!Files.isRegularFile(file)) {
            throw SourceProblem.of("no such file", file).toException();
        }
        try (var stream = new FileImageInputStream(file.toFile())) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
            if (!readers.hasNext()) {
                throw broken(file, "it is neither JPEG nor PNG, whatever its name says", null);
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(stream, true, true);
                return reading.read(reader);
            } finally {
                reader.dispose();
            }
        } catch (IOException e) {
            throw broken(file, String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | NegativeArraySizeException
                | NullPointerException
                | ArithmeticException e) {
            // the JDK's decoders meet some damages with these
            throw broken(file, "it is damaged (" + e.getClass().getSimpleName() + ")", e);
        }
    }

    private static RuntimeException broken(Path file, String why, @Nullable Exception cause) {
        var problem =
                SourceProblem.of("the image can't be read", file).because(why).toException();
        if (cause != null) {
            problem.addSuppressed(cause);
        }
        return problem;
    }

    private static int[] size(ImageReader reader) throws IOException {
        int[] size = {reader.getWidth(0), reader.getHeight(0)};
        if ((long) size[0] * size[1] > MOST_PIXELS || size[0] < 1 || size[1] < 1) {
            throw new IOException("it claims " + size[0] + "×" + size[1] + " pixels");
        }
        return size;
    }

    private static Tensor read(Path file, SourceSpec.Images spec) {
        BufferedImage image = with(file, reader -> {
            int[] size = size(reader);
            if (spec.width() > 0 && (size[0] != spec.width() || size[1] != spec.height())) {
                throw SourceProblem.of(
                                "expected " + spec.width() + "×" + spec.height() + " pixels, found " + size[0] + "×"
                                        + size[1],
                                file)
                        .attempt("images of one size, or no width and height in the source")
                        .toException();
            }
            return whole(reader);
        });
        byte[] pixels = spec.channels() == 1 ? gray(image) : rgb(image);
        return Tensor.of(
                FrameFormat.INPUT,
                DataType.UINT8,
                new long[] {image.getHeight(), image.getWidth(), spec.channels()},
                MemorySegment.ofArray(pixels));
    }

    /** The JDK's JPEG decoder paints the missing rest of a cut file gray, and only warns. */
    private static BufferedImage whole(ImageReader reader) throws IOException {
        var warnings = new ArrayList<String>();
        reader.addIIOReadWarningListener((_, warning) -> warnings.add(warning));
        BufferedImage image = reader.read(0);
        for (String warning : warnings) {
            if (warning.contains("premature") || warning.contains("Premature") || warning.contains("Truncated")) {
                throw new IOException("it is cut off: " + warning);
            }
        }
        return image;
    }

    /** A picture whose values are classes: gray, or the indices of a palette. */
    static Tensor mask(Path file) {
        BufferedImage image = with(file, reader -> {
            size(reader);
            return whole(reader);
        });
        if (image.getRaster().getNumBands() != 1) {
            throw SourceProblem.of(
                            "a mask must be gray or have a palette, found "
                                    + image.getRaster().getNumBands() + " channels",
                            file)
                    .because("the value of a pixel is its class")
                    .toException();
        }
        int[] classes = image.getRaster().getSamples(0, 0, image.getWidth(), image.getHeight(), 0, (int[]) null);
        return Tensor.ofInts("mask", new long[] {image.getHeight(), image.getWidth()}, classes);
    }

    private static byte[] rgb(BufferedImage image) {
        int count = image.getWidth() * image.getHeight();
        byte[] pixels = new byte[count * 3];
        if (image.getType() == BufferedImage.TYPE_BYTE_GRAY) {
            // the JDK would convert linear gray to sRGB, which other decoders don't
            byte[] gray = samples(image);
            for (int i = 0; i < count; i++) {
                pixels[i * 3] = pixels[i * 3 + 1] = pixels[i * 3 + 2] = gray[i];
            }
            return pixels;
        }
        BufferedImage bgr = image;
        if (image.getType() != BufferedImage.TYPE_3BYTE_BGR) {
            bgr = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_3BYTE_BGR);
            Graphics2D graphics = bgr.createGraphics();
            graphics.drawImage(image, 0, 0, null);
            graphics.dispose();
        }
        byte[] data = samples(bgr);
        for (int i = 0; i < count * 3; i += 3) {
            pixels[i] = data[i + 2];
            pixels[i + 1] = data[i + 1];
            pixels[i + 2] = data[i];
        }
        return pixels;
    }

    private static byte[] samples(BufferedImage image) {
        return ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    }

    private static byte[] gray(BufferedImage image) {
        if (image.getType() == BufferedImage.TYPE_BYTE_GRAY) {
            return samples(image).clone();
        }
        byte[] rgb = rgb(image);
        byte[] gray = new byte[rgb.length / 3];
        for (int i = 0; i < gray.length; i++) {
            int red = rgb[i * 3] & 0xff;
            int green = rgb[i * 3 + 1] & 0xff;
            int blue = rgb[i * 3 + 2] & 0xff;
            gray[i] = (byte) ((299 * red + 587 * green + 114 * blue + 500) / 1000);
        }
        return gray;
    }
}
