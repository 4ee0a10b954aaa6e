package dev.skerry.bundle;

import dev.skerry.problem.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * What a program needs of many jars: the jars with classes that its main class leads to, and the modules of the JDK that those
 * classes name. A class leads to every class in its constant pool, and the name of a service to its providers. What is only
 * looked up by name is not seen; the first start, when the archive of classes is made, shows that nothing is missing.
 *
 * @param jars in the order that they were given
 * @param modules of the JDK
 */
public record Needed(List<Path> jars, SortedSet<String> modules) {
    private static final String SERVICES = "META-INF/services/";
    private static final String CLASS = ".class";

    public Needed {
        jars = List.copyOf(jars);
        modules = Collections.unmodifiableSortedSet(new TreeSet<>(modules));
    }

    /**
     * Follows the classes from {@code mainClass} on.
     *
     * @param without classes that are not followed, since this program never comes there
     * @throws dev.skerry.problem.ProblemException {@code standalone.jar} where no jar has the main class, or one is none
     */
    public static Needed by(String mainClass, List<Path> jars, Set<String> without) {
        try (var search = new Search(jars)) {
            return search.from(mainClass.replace('.', '/'), without);
        } catch (IOException e) {
            throw Problem.usage("standalone.jar", "a jar can't be read")
                    .because(String.valueOf(e.getMessage()))
                    .attempt("a whole copy of Skerry's lib folder")
                    .toException();
        }
    }

    private static final class Search implements AutoCloseable {
        private final List<Path> jars;
        private final List<ZipFile> open = new ArrayList<>();
        private final Map<String, ZipFile> jarOf = new HashMap<>();
        private final Map<String, String> moduleOf = new HashMap<>();
        private final Map<ZipFile, Set<String>> optional = new HashMap<>();

        Search(List<Path> jars) throws IOException {
            this.jars = jars;
            for (Path jar : jars) {
                var zip = new ZipFile(jar.toFile());
                open.add(zip);
                zip.stream()
                        .map(ZipEntry::getName)
                        .filter(name -> name.endsWith(CLASS) && !name.startsWith("META-INF/"))
                        .forEach(name -> jarOf.putIfAbsent(name.substring(0, name.length() - CLASS.length()), zip));
                optional.put(zip, optional(jar));
            }
            for (ModuleReference module : ModuleFinder.ofSystem().findAll()) {
                module.descriptor()
                        .packages()
                        .forEach(name -> moduleOf.put(
                                name.replace('.', '/'), module.descriptor().name()));
            }
        }

        /** Modules that a jar can do without, as it says itself. */
        private static Set<String> optional(Path jar) {
            var names = new HashSet<String>();
            try {
                for (ModuleReference module : ModuleFinder.of(jar).findAll()) {
                    module.descriptor().requires().stream()
                            .filter(needs -> needs.modifiers().contains(ModuleDescriptor.Requires.Modifier.STATIC))
                            .forEach(needs -> names.add(needs.name()));
                }
            } catch (FindException e) {
                // a jar whose name makes no module name: on the class path it serves all the same
            }
            return names;
        }

        Needed from(String main, Set<String> without) throws IOException {
            if (!jarOf.containsKey(main)) {
                throw Problem.usage("standalone.jar", "no jar has the class " + main.replace('/', '.'))
                        .because("looked at " + jars)
                        .attempt("a whole copy of Skerry's lib folder")
                        .toException();
            }
            var modules = new TreeSet<>(Set.of("java.base"));
            var seen = new HashSet<>(Set.of(main));
            without.forEach(name -> seen.add(name.replace('.', '/')));
            var reached = new HashSet<ZipFile>();
            var queue = new ArrayDeque<>(List.of(main));
            while (!queue.isEmpty()) {
                String name = queue.remove();
                ZipFile jar = jarOf.get(name);
                if (jar == null) {
                    continue;
                }
                reached.add(jar);
                for (String other : references(jar, name)) {
                    @Nullable String module = moduleOf.get(packageOf(other));
                    if (module != null && !jarOf.containsKey(other)) {
                        if (!optional.getOrDefault(jar, Set.of()).contains(module)) {
                            modules.add(module);
                        }
                    } else if (seen.add(other)) {
                        queue.add(other);
                        providers(other).stream().filter(seen::add).forEach(queue::add);
                    }
                }
            }
            return new Needed(
                    jars.stream()
                            .filter(jar -> reached.contains(open.get(jars.indexOf(jar))) || hasNoClasses(jar))
                            .toList(),
                    modules);
        }

        /** Jars of native libraries: which go along is decided by the bundle. */
        private boolean hasNoClasses(Path jar) {
            return !jarOf.containsValue(open.get(jars.indexOf(jar)));
        }

        private static Set<String> references(ZipFile jar, String name) throws IOException {
            var names = new HashSet<String>();
            byte[] bytes;
            try (InputStream in = jar.getInputStream(jar.getEntry(name + CLASS))) {
                bytes = in.readAllBytes();
            }
            try {
                for (PoolEntry entry : ClassFile.of().parse(bytes).constantPool()) {
                    if (entry instanceof ClassEntry type) {
                        String text = type.asInternalName();
                        int element = text.startsWith("[") ? text.lastIndexOf('[') + 1 : 0;
                        boolean primitive = element > 0 && text.charAt(element) != 'L';
                        if (!primitive) {
                            names.add(element > 0 ? text.substring(element + 1, text.length() - 1) : text);
                        }
                    }
                }
            } catch (IllegalArgumentException e) {
                throw new IOException(jar.getName() + " has no class in " + name + CLASS, e);
            }
            return names;
        }

        private List<String> providers(String service) throws IOException {
            var names = new ArrayList<String>();
            for (ZipFile jar : open) {
                ZipEntry entry = jar.getEntry(SERVICES + service.replace('/', '.'));
                if (entry != null) {
                    try (InputStream in = jar.getInputStream(entry)) {
                        new String(in.readAllBytes(), StandardCharsets.UTF_8)
                                .lines()
                                .map(line ->
                                        line.replaceFirst("#.*", "").strip().replace('.', '/'))
                                .filter(line -> !line.isEmpty())
                                .forEach(names::add);
                    }
                }
            }
            return names;
        }

        private static String packageOf(String name) {
            int slash = name.lastIndexOf('/');
            return slash < 0 ? "" : name.substring(0, slash);
        }

        @Override
        public void close() throws IOException {
            for (ZipFile zip : open) {
                zip.close();
            }
        }
    }
}
