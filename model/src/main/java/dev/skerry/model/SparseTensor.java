package dev.skerry.model;

import java.util.List;

/** A sparse tensor in COO form: {@code values} [NNZ], {@code indices} [NNZ] (linear) or [NNZ, rank]. Named by its values. */
public record SparseTensor(Tensor values, Tensor indices, List<Long> dims, Extras extras) {
    public SparseTensor {
        dims = List.copyOf(dims);
    }

    public String name() {
        return values.name();
    }

    public SparseTensor withName(String name) {
        return new SparseTensor(values.withName(name), indices, dims, extras);
    }
}
