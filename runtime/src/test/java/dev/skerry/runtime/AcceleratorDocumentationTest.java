package dev.skerry.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.skerry.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/accelerators.md} is the table that the product reads, for people. */
@SuppressWarnings("NullAway") // a null fails the test, as it should
class AcceleratorDocumentationTest {
    private static final Path PAGE = SharedData.projectRoot().resolve("docs/accelerators.md");

    @Test
    void thePageIsTheTable() throws IOException {
        String page = page(AcceleratorTable.load());
        if (Boolean.getBoolean("skerry.write")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    private static String page(AcceleratorTable table) {
        var text = new StringBuilder("""
                # What compilers for accelerators take

                `skerry select` and `skerry inspect` say of each of these how much of a model it would take, where the model would fall back to the CPU, and why, by the tables below: what their makers publish, as it was found, with its version. Nothing of it was run; a row is *not measured*
                until the compiler's execution provider is here ([runtimes](runtimes.md#execution-providers)). Newer versions mostly take more. Where no public list was found, nothing is guessed. A limit in *italics* isn't checked. `const N` means that input N (from 0) has to be constant, `height` and `area` are those of the dilated kernel, `bank D/P` that kernel × input channels ÷ P is at most D, `axes spatial` that only height and width are reduced or padded.

                A node between DequantizeLinear and QuantizeLinear counts as computing in integers, since compilers merge the three. Pieces are parts of the graph that can be handed over whole, with no way from one of its nodes to another over the CPU.

                This page is written from `runtime/src/main/resources/dev/skerry/runtime/accelerators.tsv` by `AcceleratorDocumentationTest` (`-Dskerry.write=true`).

                """);
        for (AcceleratorTable.Compiler compiler : table.compilers()) {
            Map<String, AcceleratorTable.Rule> rules = new TreeMap<>(table.rules(compiler));
            text.append("## ").append(compiler.name()).append("\n\n");
            text.append(compiler.hardware())
                    .append(". Computes in ")
                    .append(String.join(", ", compiler.numbers()))
                    .append(compiler.symmetric() ? "; zero points must be 0" : "")
                    .append(compiler.fixedShapes() ? "; all sizes must be fixed" : "")
                    .append(".\n");
            if (rules.isEmpty()) {
                text.append("Which operators it takes was found in no public source.\n\n");
                continue;
            }
            text.append(
                    compiler.complete()
                            ? "Any other operator runs on the CPU.\n"
                            : "Of any other operator nothing is known here.\n");
            var sources = new LinkedHashSet<AcceleratorTable.Source>();
            sources.add(compiler.source());
            rules.values().forEach(rule -> sources.add(rule.source()));
            text.append("\nSources: ")
                    .append(sources.stream()
                            .map(source -> source.document() + ", " + source.version() + " (" + source.place() + ")")
                            .collect(Collectors.joining("; ")))
                    .append(".\n\n");
            Map<String, String> plain = new TreeMap<>();
            text.append("| operator | types | limits |\n|---|---|---|\n");
            rules.forEach((operator, rule) -> {
                String types = String.join(", ", rule.types());
                String limits = limits(rule);
                if (limits.isEmpty()) {
                    plain.merge(types, operator, (all, one) -> all + ", " + one);
                } else {
                    text.append("| ")
                            .append(operator)
                            .append(" | ")
                            .append(types)
                            .append(" | ")
                            .append(limits)
                            .append(" |\n");
                }
            });
            plain.forEach((types, operators) -> text.append("| ")
                    .append(operators)
                    .append(" | ")
                    .append(types)
                    .append(" | |\n"));
            text.append("\n");
        }
        return text.toString().stripTrailing() + "\n";
    }

    private static String limits(AcceleratorTable.Rule rule) {
        String checked = rule.limits().stream()
                .map(limit -> limit.replace("..", "–").replace(":", " "))
                .collect(Collectors.joining(", "));
        String unchecked = rule.unchecked().isEmpty() ? "" : "*" + rule.unchecked() + "*";
        return checked + (checked.isEmpty() || unchecked.isEmpty() ? "" : "; ") + unchecked;
    }
}
