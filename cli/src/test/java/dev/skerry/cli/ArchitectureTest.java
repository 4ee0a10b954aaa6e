package dev.skerry.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The house keeps its shape: who may use whom, who prints, who knows the clock, who touches ONNX Runtime. */
class ArchitectureTest {
    /** What each module may use beside {@code problem}, as the design's table of floors has it. */
    private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(
            Map.entry("problem", Set.of()),
            Map.entry("model", Set.of()),
            Map.entry("measure", Set.of()),
            Map.entry("pipeline", Set.of("model")),
            Map.entry("bundle", Set.of("model")),
            Map.entry("firmware", Set.of("model")),
            Map.entry("runtime", Set.of("model", "measure")),
            Map.entry("assess", Set.of("model", "measure", "pipeline", "runtime")),
            Map.entry("runner", Set.of("model", "measure", "pipeline", "bundle", "runtime")),
            Map.entry("agent", Set.of("model", "measure", "pipeline", "bundle", "runtime", "runner")),
            Map.entry("compress", Set.of("model", "measure", "pipeline", "runtime")),
            Map.entry(
                    "project",
                    Set.of("model", "measure", "pipeline", "bundle", "firmware", "runtime", "runner", "compress")),
            Map.entry(
                    "cli",
                    Set.of(
                            "model",
                            "measure",
                            "pipeline",
                            "bundle",
                            "firmware",
                            "runtime",
                            "assess",
                            "runner",
                            "agent",
                            "compress",
                            "project")));

    /**
     * Who may read a clock of the system: the program, and in the runner's process the crew that is assembled there and the
     * pacers, which are that process's clock. Everybody else is given one.
     */
    private static final Set<String> KNOW_THE_CLOCK = Set.of(
            "dev.skerry.cli.Skerry",
            "dev.skerry.cli.AgentCommand",
            "dev.skerry.runner.Crew",
            "dev.skerry.runner.Run",
            "dev.skerry.runner.Rehearsal",
            "dev.skerry.runner.HybridPacer",
            "dev.skerry.runner.RushingPacer");

    private static JavaClasses classes = new ClassFileImporter().importClasses();

    @BeforeAll
    static void read() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.skerry")
                .that(not(resideInAPackage("dev.skerry.testing")));
        assertThat(classes.stream().map(ArchitectureTest::module).collect(Collectors.toSet()))
                .isEqualTo(MAY_USE.keySet());
    }

    @Test
    void arrowsOnlyPointDown() {
        MAY_USE.forEach((module, used) -> {
            String[] allowed = Stream.concat(Stream.of(module, "problem"), used.stream())
                    .map(name -> "dev.skerry." + name + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage("dev.skerry." + module + "..")
                    .should()
                    .dependOnClassesThat(resideInAPackage("dev.skerry..").and(not(resideInAnyPackage(allowed))))
                    .check(classes);
        });
    }

    @Test
    void modulesFormNoCircle() {
        slices().matching("dev.skerry.(*)..").should().beFreeOfCycles().check(classes);
    }

    @Test
    void onlyTheCommandKnowsATerminal() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.skerry.cli")
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(java.io.Console.class)
                .check(classes);
    }

    @Test
    void onnxRuntimeIsTouchedByItsAdapterAlone() {
        noClasses()
                .that()
                .haveNameNotMatching("dev\\.skerry\\.runtime\\.Onnx\\w+(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.onnxruntime..")
                .check(classes);
    }

    @Test
    void theFormatOfFilesStaysInsideTheModel() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.skerry.model..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.skerry.model.onnx..")
                .check(classes);
        noClasses()
                .that()
                // the agent has messages of its own
                .resideOutsideOfPackages("dev.skerry.model..", "dev.skerry.agent..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.google.protobuf..")
                .check(classes);
    }

    @Test
    void theDeadlineLoopHasNoNetwork() {
        noClasses()
                .that()
                // live sources run in the same process
                .resideInAnyPackage("dev.skerry.runner", "dev.skerry.pipeline")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("javax.net..", "java.nio.channels.spi..")
                .orShould()
                .dependOnClassesThat()
                // an address is read, and opened by another process
                .haveNameMatching("java\\.net\\.(?!URI(SyntaxException)?$).*")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.nio\\.channels\\..*(Socket|Datagram|Network).*")
                .check(classes);
    }

    @Test
    void clocksComeFromOutside() {
        assertThat(clockReaders()).isEqualTo(KNOW_THE_CLOCK);
    }

    @Test
    void nothingPublicOutsideOfWhatModulesExport() throws IOException {
        Set<String> exported = new TreeSet<>();
        for (String module : MAY_USE.keySet()) {
            String text = Files.readString(
                    SharedData.projectRoot().resolve(Path.of(module, "src", "main", "java", "module-info.java")));
            Pattern.compile("exports ([\\w.]+);")
                    .matcher(text)
                    .results()
                    .forEach(match -> exported.add(match.group(1)));
        }
        assertThat(exported)
                .contains("dev.skerry.model", "dev.skerry.runtime.spi")
                .doesNotContain("dev.skerry.cli");
        Set<String> hidden = classes.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC) && type.isTopLevelClass())
                .filter(type -> !exported.contains(type.getPackageName()))
                .filter(type -> !Set.of("dev.skerry.model.onnx", "dev.skerry.agent.proto")
                        .contains(type.getPackageName())) // generated
                .map(JavaClass::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        // the program's entry
        assertThat(hidden).containsExactly("dev.skerry.cli.Skerry");
    }

    @Test
    void problemsAreTheOnlyExceptionsOfOurOwn() {
        classes()
                .that()
                .areAssignableTo(RuntimeException.class)
                .and()
                .arePublic()
                .should()
                .haveFullyQualifiedName("dev.skerry.problem.ProblemException")
                .check(classes);
    }

    private static Set<String> clockReaders() {
        return classes.stream()
                .filter(type -> Stream.of(
                                type.getMethodCallsFromSelf().stream(), type.getMethodReferencesFromSelf().stream())
                        .flatMap(accesses -> accesses)
                        .anyMatch(ArchitectureTest::readsTheClock))
                .map(type -> type.getName().replaceFirst("\\$.*", ""))
                .collect(Collectors.toSet());
    }

    private static boolean readsTheClock(JavaAccess<?> access) {
        String target =
                access.getTargetOwner().getName() + "." + access.getTarget().getName();
        return Arrays.asList(
                        "java.lang.System.nanoTime",
                        "java.lang.System.currentTimeMillis",
                        "java.time.Instant.now",
                        "java.time.LocalDate.now",
                        "java.time.LocalDateTime.now",
                        "java.time.ZonedDateTime.now",
                        "java.time.InstantSource.system",
                        "java.time.Clock.systemUTC",
                        "java.time.Clock.systemDefaultZone")
                .contains(target);
    }

    private static String module(JavaClass type) {
        return type.getPackageName().split("\\.", -1)[2];
    }
}
