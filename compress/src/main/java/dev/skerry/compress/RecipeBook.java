package dev.skerry.compress;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Which recipes are tried for a request. */
final class RecipeBook {
    /**
     * Recipes that give the same kernels with other numbers; so they are equally fast, and the truest of them stands for all.
     *
     * @param kernels what tells this line from others
     */
    record Line(String kernels, List<Recipe> recipes) {
        Line {
            recipes = List.copyOf(recipes);
        }

        static Line of(Recipe... recipes) {
            return new Line(recipes[0].name(), List.of(recipes));
        }
    }

    private RecipeBook() {}

    static List<Line> lines(CompressionRequest request) {
        var lines = new ArrayList<Line>();
        switch (request.method()) {
            case AUTO -> lines.addAll(staticInt8(request));
            case INT8 -> lines.addAll(staticInt8(request));
            case DYNAMIC, INT4, FP16, PRUNE, NONE -> {}
        }
        return lines;
    }

    private static List<Line> staticInt8(CompressionRequest request) {
        var lines = new ArrayList<Line>();
        for (Scope scope : List.of(
                Scope.all(request.keepFloat()),
                Scope.layers(request.keepFloat()),
                Scope.convolutions(request.keepFloat()))) {
            lines.add(new Line(
                    "int8-" + scope.name(),
                    request.ranges().stream()
                            .map(ranges -> Recipe.of(new StaticInt8(scope, ranges, request.scheme())))
                            .toList()));
        }
        return lines;
    }

    /** The same with these layers left float. */
    static Line mixed(StaticInt8 int8, Set<String> sensitive) {
        String name = int8.scope().name() + "-" + sensitive.size() + "float";
        return Line.of(Recipe.of(int8.within(int8.scope().without(name, sensitive))));
    }
}
