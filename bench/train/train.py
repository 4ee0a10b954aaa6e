"""Trains a network and exports it to ONNX, with its samples as .npz.

    python3 train.py mlp|transformer DIGITS OUT [seed]

DIGITS is a folder with calibration.npz and evaluation.npz as of mnist-cnn. Into OUT come model.onnx, calibration.npz and
evaluation.npz. One thread and a seed: the same machine gives the same file.
"""
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from digits import split

OPSET = 17


class Mlp(nn.Module):
    """Three layers of 512 and one of 10: Gemm nodes with transB."""

    epochs, rate = 12, 1e-3

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2),
            nn.Linear(512, 512), nn.ReLU(),
            nn.Linear(512, 10))

    def forward(self, x):
        return self.layers(x)


class Block(nn.Module):
    """Attention and feed-forward with the norm before each."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def split(self, x):
        return x.reshape(x.shape[0], -1, self.heads, x.shape[2] // self.heads).transpose(1, 2)

    def forward(self, x):
        y = self.norm1(x)
        query, key, value = self.split(self.query(y)), self.split(self.key(y)), self.split(self.value(y))
        weights = torch.softmax(query @ key.transpose(2, 3) / query.shape[3] ** 0.5, dim=3)
        y = (weights @ value).transpose(1, 2).reshape(x.shape)
        x = x + self.out(y)
        return x + self.down(torch.nn.functional.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    """An encoder over the 16 patches of 7 × 7 pixels of a digit: 2 blocks, 128 wide."""

    epochs, rate = 5, 2e-3

    def __init__(self, width=128, blocks=2, heads=4):
        super().__init__()
        self.patch = nn.Linear(49, width)
        self.place = nn.Parameter(0.02 * torch.randn(1, 16, width))
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(blocks)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = x.reshape(-1, 4, 7, 4, 7).transpose(2, 3).reshape(-1, 16, 49)
        return self.head(self.norm(self.blocks(self.patch(x) + self.place)).mean(1))


def shifted(images, generator):
    """Each image moved by up to two pixels, which makes up for few of them."""
    square = images.reshape(-1, 28, 28)
    down, right = torch.randint(-2, 3, (2,), generator=generator).tolist()
    return torch.roll(square, (down, right), (1, 2)).reshape(-1, 784)


def train(model, images, labels, seed):
    generator = torch.Generator().manual_seed(seed)
    steps = model.epochs * (len(images) // 64)
    optimizer = torch.optim.AdamW(model.parameters(), lr=model.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, model.rate, total_steps=steps)
    for epoch in range(model.epochs):
        order = torch.randperm(len(images), generator=generator)
        total = 0.0
        for start in range(0, len(order) - 63, 64):
            batch = order[start:start + 64]
            loss = nn.functional.cross_entropy(model(shifted(images[batch], generator)), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * 64
        print(f"epoch {epoch + 1}: loss {total / len(order):.4f}", flush=True)


def main():
    kind, digits, out = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    training, calibration, evaluation = split(digits, seed)
    model = {"mlp": Mlp, "transformer": Transformer}[kind]()
    train(model, torch.from_numpy(training[0]), torch.from_numpy(training[1]).long(), seed)
    model.eval()
    with torch.no_grad():
        right = model(torch.from_numpy(evaluation[0])).argmax(1).numpy() == evaluation[1]
    print(f"{sum(p.numel() for p in model.parameters())} weights, {100 * right.mean():.2f} % of {len(right)}")
    out.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(model, torch.zeros(1, 784), str(out / "model.onnx"), opset_version=OPSET,
                      input_names=["x"], output_names=["y"], dynamic_axes={"x": {0: "N"}, "y": {0: "N"}})
    for name, (images, labels) in (("calibration", calibration), ("evaluation", evaluation)):
        np.savez_compressed(out / f"{name}.npz", x=images, labels=labels)


if __name__ == "__main__":
    main()
