package dev.skerry.pipeline;

import java.util.ArrayList;
import java.util.List;

/**
 * What ffmpeg is asked to do: to decode one input and give frames of one format, with a line about each.
 *
 * @param input options and the input itself
 * @param filters between the decoder's frames and those that are kept, in order
 * @param frame what it gives; frames of another size are scaled
 * @param strict whether damage ends it; else damaged frames are patched up, as players do
 */
record VideoDecoding(List<String> input, List<String> filters, FrameFormat.Image frame, boolean strict) {
    /** The same pixels on every machine, whatever vector instructions it has. */
    private static final String SCALING = ":flags=bicubic+accurate_rnd+full_chroma_int+bitexact";

    VideoDecoding {
        input = List.copyOf(input);
        filters = List.copyOf(filters);
    }

    /** Bytes of a frame. */
    long frameBytes() {
        return (long) frame.height() * frame.width() * frame.channels();
    }

    /** Raw frames on standard output; a line for each on standard error. */
    List<String> arguments(Ffmpeg ffmpeg) {
        var words = decoding(ffmpeg);
        words.addAll(List.of("-pix_fmt", frame.channels() == 1 ? "gray" : "rgb24", "-f", "rawvideo", "pipe:1"));
        return words;
    }

    /** Decodes to nowhere: what counts frames. */
    List<String> counting(Ffmpeg ffmpeg) {
        var words = decoding(ffmpeg);
        words.addAll(List.of("-f", "null", "-"));
        return words;
    }

    private List<String> decoding(Ffmpeg ffmpeg) {
        var words = new ArrayList<>(List.of("-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"));
        if (strict) {
            words.add("-xerror");
        }
        words.addAll(input);
        words.addAll(List.of("-map", "0:v:0", "-an", "-sn", "-dn"));
        var graph = new ArrayList<>(filters);
        graph.add("showinfo=checksum=0");
        if (frame.width() > 0) {
            graph.add("scale=" + frame.width() + ":" + frame.height() + SCALING);
        }
        words.addAll(List.of("-vf", String.join(",", graph)));
        words.addAll(ffmpeg.everyFrame());
        return words;
    }
}
