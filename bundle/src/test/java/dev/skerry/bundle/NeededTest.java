package dev.skerry.bundle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.logging.Logger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which jars and modules a program leads to. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class NeededTest {
    @TempDir
    Path folder;

    interface Service {}

    static final class Provider implements Service {
        static final Logger LOG = Logger.getLogger("x");
    }

    static final class Main {
        static Object used() {
            return new Service[] {};
        }
    }

    static final class Pictures {
        static java.awt.image.BufferedImage image() {
            return new java.awt.image.BufferedImage(1, 1, 1);
        }
    }

    static final class Chooser {
        static Object choose(boolean pictures) {
            return pictures ? Pictures.image() : Main.used();
        }
    }

    @Test
    void followsClassesAndProvidersOfServices() throws IOException {
        Path main = jar("main.jar", "", Main.class);
        Path service = jar("service.jar", "", Service.class);
        Path provider = jar("provider.jar", Service.class.getName() + "\n" + Provider.class.getName(), Provider.class);
        Path other = jar("other.jar", "", Pictures.class);
        Path natives = jar("natives.jar", "");
        Needed needed = Needed.by(Main.class.getName(), List.of(main, service, provider, other, natives), Set.of());
        assertThat(needed.jars()).containsExactly(main, service, provider, natives);
        assertThat(needed.modules()).containsExactly("java.base", "java.logging");
    }

    @Test
    void leavesOutWhatIsNeverReached() throws IOException {
        List<Path> jars =
                List.of(jar("a.jar", "", Chooser.class, Main.class, Service.class), jar("b.jar", "", Pictures.class));
        assertThat(Needed.by(Chooser.class.getName(), jars, Set.of()).modules()).contains("java.desktop");
        Needed without = Needed.by(Chooser.class.getName(), jars, Set.of(Pictures.class.getName()));
        assertThat(without.modules()).containsExactly("java.base");
        assertThat(without.jars()).containsExactly(jars.getFirst());
    }

    @Test
    void saysThatTheMainClassIsMissing() throws IOException {
        List<Path> jars = List.of(jar("a.jar", "", Main.class));
        BundleTest.assertProblem(
                () -> Needed.by("dev.skerry.Nobody", jars, Set.of()), "no jar has the class", Problem.Kind.USAGE);
        Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
        BundleTest.assertProblem(
                () -> Needed.by("x", List.of(text), Set.of()), "a jar can't be read", Problem.Kind.USAGE);
    }

    /** @param provider the service's name and the provider's, on two lines; empty for none */
    private Path jar(String name, String provider, Class<?>... classes) throws IOException {
        Path jar = folder.resolve(name);
        try (var zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            zip.putNextEntry(new ZipEntry("note.txt"));
            for (Class<?> type : classes) {
                String entry = type.getName().replace('.', '/') + ".class";
                zip.putNextEntry(new ZipEntry(entry));
                try (InputStream in = type.getResourceAsStream("/" + entry)) {
                    in.transferTo(zip);
                }
            }
            if (!provider.isEmpty()) {
                String[] lines = provider.split("\n", -1);
                zip.putNextEntry(new ZipEntry("META-INF/services/" + lines[0]));
                zip.write((lines[1] + " # one\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        return jar;
    }
}
