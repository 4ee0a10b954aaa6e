package dev.skerry.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which post steps may follow which: values, then at most one step that decides, then at most one threshold. */
final class PostOrder {
    private PostOrder() {}

    /** @param path of the list, for errors */
    static void check(List<Step.Post> steps, String path) {
        Step.@Nullable Post decided = null;
        for (int i = 0; i < steps.size(); i++) {
            Step.Post step = steps.get(i);
            boolean fits = switch (step) {
                case Step.Softmax _, Step.Sigmoid _, Step.ArgMax _, Step.TopK _, Step.Nms _ -> decided == null;
                case Step.Anomaly _ -> i == 0;
                case Step.Threshold _ ->
                    switch (decided) {
                        case null -> true;
                        case Step.ArgMax _, Step.TopK _ -> true;
                        case Step.Softmax _, Step.Sigmoid _, Step.Threshold _, Step.Nms _, Step.Anomaly _ -> false;
                    };
            };
            if (!fits) {
                throw Fields.problem(
                                path + "[" + i + "]",
                                decided == null
                                        ? step.word() + " comes first or not at all"
                                        : step.word() + " can't follow " + decided.word())
                        .because(
                                "the order is values (softmax, sigmoid, anomaly), one of argmax, top-k, nms, then threshold")
                        .toException();
            }
            decided = switch (step) {
                case Step.Softmax _, Step.Sigmoid _, Step.Anomaly _ -> decided;
                case Step.ArgMax _, Step.TopK _, Step.Nms _, Step.Threshold _ -> step;
            };
        }
    }
}
