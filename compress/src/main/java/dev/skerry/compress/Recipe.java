package dev.skerry.compress;

import dev.skerry.model.Model;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How a variant is made: techniques, one after the other. Each sees what the one before it made. */
record Recipe(List<Technique> techniques) {
    Recipe {
        techniques = List.copyOf(techniques);
    }

    static Recipe of(Technique... techniques) {
        return new Recipe(List.of(techniques));
    }

    Recipe then(Technique technique) {
        return new Recipe(
                Stream.concat(techniques.stream(), Stream.of(technique)).toList());
    }

    /**
     * The static INT8 that it consists of, however it is written down and whatever makes its numbers truer; empty where there is
     * more to it, or less.
     */
    Optional<StaticInt8> staticInt8() {
        List<Technique> computing = unwritten().techniques.stream()
                .filter(technique -> !technique.keepsOutputs())
                .toList();
        if (computing.size() != 1) {
            return Optional.empty();
        }
        return computing.getFirst() instanceof BiasCorrection correction
                ? correction.of().staticInt8()
                : computing.stream()
                        .filter(StaticInt8.class::isInstance)
                        .map(StaticInt8.class::cast)
                        .findFirst();
    }

    /** The same before layers are written as operators on integers. */
    Recipe unwritten() {
        return new Recipe(techniques.stream()
                .filter(technique -> !(technique instanceof OperatorForm))
                .toList());
    }

    /** Whether it makes zeros last, which kernels don't know of. */
    boolean sparse() {
        return techniques.getLast() instanceof Sparsify;
    }

    String name() {
        return techniques.stream().map(Technique::label).collect(Collectors.joining("-"));
    }

    Rewritten make(Studied studied) {
        Rewritten made = Rewritten.stillFloat(studied.model());
        Studied current = studied;
        for (int i = 0; i < techniques.size(); i++) {
            // recipes begin alike, and each ends in its own way
            boolean isLast = i == techniques.size() - 1;
            Studied.Step step = isLast ? current.step(techniques.get(i)) : current.sharedStep(techniques.get(i));
            if (techniques.get(i) instanceof Narrow && step.made().changed().isEmpty()) {
                return step.made(); // the rest is a recipe of its own
            }
            made = made.then(step.made());
            current = step.next();
        }
        return made;
    }

    /**
     * The float model whose values those of the made model stand for: after the techniques at the beginning that keep outputs and
     * change what is inside.
     */
    Model followed(Studied studied) {
        Studied current = studied;
        for (Technique technique : techniques) {
            if (!technique.keepsOutputs()) {
                break;
            }
            current = current.sharedStep(technique).next();
        }
        return current.model();
    }
}
