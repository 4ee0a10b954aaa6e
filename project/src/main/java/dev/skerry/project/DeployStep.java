package dev.skerry.project;

import dev.skerry.bundle.Verification;
import dev.skerry.compress.CompressionReport;
import dev.skerry.model.Model;
import dev.skerry.model.ModelCost;
import dev.skerry.pipeline.FrameFormat;
import dev.skerry.runner.RunReport;
import dev.skerry.runtime.Device;
import dev.skerry.runtime.SelectionReport;
import java.nio.file.Path;

/** What a step of the way from a model to a running bundle found out. */
public sealed interface DeployStep {
    /**
     * The model was read, checked and counted.
     *
     * @param bytes of the file
     * @param model what is used of it
     * @param settled whether the constants of the pipeline rule out branches, so that {@code model} lacks a part of the file
     */
    record Inspected(
            Path file, long bytes, Model model, boolean settled, ModelCost cost, FrameFormat frame, Device device)
            implements DeployStep {}

    /** Variants were made, judged and timed, and one was chosen. */
    record Compressed(CompressionReport report) implements DeployStep {}

    /** The fused graphs were timed on the runtimes that are present. */
    record Selected(SelectionReport report, Choice choice) implements DeployStep {}

    /** A signed bundle was written. */
    record Packed(PackedBundle bundle) implements DeployStep {}

    /** The bundle was read back and checked. */
    record Verified(Verification.Verified verification) implements DeployStep {}

    /**
     * The bundle ran.
     *
     * @param percentile of the latency that the budget is about, in percent
     */
    record Ran(RunReport report, double percentile) implements DeployStep {
        public BudgetVerdict verdict() {
            return BudgetVerdict.of(percentile, report.missed(), report.cycles());
        }
    }
}
