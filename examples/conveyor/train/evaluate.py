"""Measures ../conveyor.onnx on the labelled test JPEGs, as committed.

Debian 12 has no ONNX runtime for Python, so the file's own graph is run here, node by node,
with torch operators. Nothing comes from train.py but the preprocessing.
"""

import csv
import math

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

import render
from train import MODEL, prepare

TEST = render.IMAGES / "test"


def convolve(inputs, attributes):
    image, weight, bias = inputs
    top, left, bottom, right = attributes["pads"]
    image = F.pad(image, (left, right, top, bottom))
    return F.conv2d(image, weight, bias, stride=attributes["strides"], groups=attributes["group"])


def gemm(inputs, attributes):
    image, weight, bias = inputs
    return image @ (weight.T if attributes.get("transB") else weight) + bias


OPERATORS = {
    "Conv": convolve,
    "Gemm": gemm,
    "Relu": lambda inputs, _: F.relu(inputs[0]),
    "Add": lambda inputs, _: inputs[0] + inputs[1],
    "GlobalAveragePool": lambda inputs, _: inputs[0].mean((2, 3), keepdim=True),
    "Flatten": lambda inputs, _: inputs[0].flatten(1),
}


@torch.no_grad()
def run(graph, image):
    values = {tensor.name: torch.tensor(numpy_helper.to_array(tensor)) for tensor in graph.initializer}
    values[graph.input[0].name] = image
    for node in graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        values[node.output[0]] = OPERATORS[node.op_type]([values[name] for name in node.input], attributes)
    return values[graph.output[0].name]


def read(folder):
    """(frames, labels) of a folder with a labels.csv."""
    with open(folder / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    frames = np.stack([render.decode((folder / row["file"]).read_bytes()) for row in rows])
    return frames, np.array([render.CLASSES.index(row["label"]) for row in rows])


def wilson(hits, count, z=1.959964):
    """95 % Wilson score interval of a proportion."""
    share, spread = hits / count, z * z / count
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    return middle - half, middle + half


def multiply_adds(model):
    """Multiply-adds of one image, counted from the shapes the graph produces."""
    graph = model.graph
    shapes = onnx.shape_inference.infer_shapes(model).graph.value_info
    area = {v.name: math.prod(d.dim_value for d in v.type.tensor_type.shape.dim[2:]) for v in shapes}
    sizes = {tensor.name: math.prod(tensor.dims) for tensor in graph.initializer}
    layers = [node for node in graph.node if node.op_type in ("Conv", "Gemm")]
    return sum(sizes[node.input[1]] * area.get(node.output[0], 1) for node in layers)


def main():
    model = onnx.load(MODEL)
    onnx.checker.check_model(model, full_check=True)
    graph = model.graph
    parameters = sum(math.prod(tensor.dims) for tensor in graph.initializer)
    print(f"{MODEL.stat().st_size} bytes, {parameters} parameters, {multiply_adds(model)} multiply-adds")
    frames, labels = read(TEST)
    logits = torch.cat([run(graph, prepare(part)) for part in np.array_split(frames, 8)])
    answers = logits.argmax(1).numpy()
    hits, count = int((answers == labels).sum()), len(labels)
    low, high = wilson(hits, count)
    print(f"{hits} of {count} correct: {100 * hits / count:.2f} %")
    print(f"95 % interval {100 * low:.2f} to {100 * high:.2f} %")
    print("rows: label, columns: answer, both in the order " + ", ".join(render.CLASSES))
    print(np.histogram2d(labels, answers, bins=(range(5), range(5)))[0].astype(int))


if __name__ == "__main__":
    main()
