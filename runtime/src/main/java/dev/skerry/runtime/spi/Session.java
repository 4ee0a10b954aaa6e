package dev.skerry.runtime.spi;

import dev.skerry.model.Tensor;
import dev.skerry.model.ValueInfo;
import java.util.List;
import java.util.Map;

/** A loaded model. Not thread-safe. */
public interface Session extends AutoCloseable {
    /** Inputs that a caller must give, with their declared types. */
    List<ValueInfo> inputs();

    List<ValueInfo> outputs();

    /**
     * One inference with whatever shapes the inputs have; allocates. For evaluation and calibration.
     *
     * @param inputs by name; a missing, unknown or ill-typed one is a problem with code {@code runtime.input}
     * @return all outputs by name, in the model's order
     * @throws dev.skerry.problem.ProblemException with code {@code runtime.run} where the runtime fails
     */
    Map<String, Tensor> infer(Map<String, Tensor> inputs);

    /**
     * Binds direct memory for inputs of these dimensions once, for the loop that must not allocate.
     *
     * @param inputDims dimensions of each input by name
     */
    Binding bind(Map<String, long[]> inputDims);

    /** Which execution provider each node runs on; complete only for a session that was opened with {@code profile} and ran. */
    List<NodePlacement> placement();

    @Override
    void close();
}
