#!/usr/bin/env python3
"""Trains a small MobileNetV2 (ReLU6, depthwise convolutions) on rendered shapes, and writes it as ONNX with samples.

    /usr/bin/python3 bench/train/mobilenet.py FOLDER [--epochs 10] [--spread 3] [--seed 7]

FOLDER gets mobilenet.onnx (batch norm folded by the export), calibration.npz (200 samples) and evaluation.npz (2,000), inputs
under their name and labels. Needs numpy and PyTorch; some ten minutes of one core.

Ten kinds of shapes, 32 x 32 pixels in random colours, places, sizes and angles, with a second shape as distractor and noise.

--spread S multiplies the initial batch norm scales by 2 to the power of a random number between -S and 0, channel by channel.
Long training of large networks ends with channels as unequal as that; a few minutes on a small one don't, so it starts there.
What training makes of it is the model: no weight is changed afterwards. --spread 0 leaves the usual start.
"""
import argparse
import os
import time

import numpy as np
import torch
from torch import nn

SIZE = 32
SHAPES = ["disc", "ring", "square", "frame", "triangle", "outline", "cross", "star", "ellipse", "crescent"]


def polygon(u, v, corners):
    """Distance to a regular polygon's edge over its inner radius: below 1 inside."""
    angle = np.arctan2(v, u)
    sector = 2 * np.pi / corners
    return np.hypot(u, v) * np.cos((angle % sector) - sector / 2) / np.cos(sector / 2)


def mask(kind, u, v):
    """Where a shape of about radius 1 is; coordinates are arrays of one image."""
    r = np.hypot(u, v)
    if kind == 0:
        return r < 0.85
    if kind == 1:
        return (r < 0.95) & (r > 0.6)
    if kind == 2:
        return np.maximum(abs(u), abs(v)) < 0.75
    if kind == 3:
        edge = np.maximum(abs(u), abs(v))
        return (edge < 0.85) & (edge > 0.55)
    if kind == 4:
        return polygon(u, v, 3) < 1
    if kind == 5:
        edge = polygon(u, v, 3)
        return (edge < 1.05) & (edge > 0.6)
    if kind == 6:
        return (np.minimum(abs(u), abs(v)) < 0.28) & (np.maximum(abs(u), abs(v)) < 0.95)
    if kind == 7:
        return r < 0.65 + 0.4 * np.cos(5 * np.arctan2(v, u))
    if kind == 8:
        return (u / 0.98) ** 2 + (v / 0.55) ** 2 < 1
    return (r < 0.95) & (np.hypot(u - 0.5, v) > 0.7)


def render(count, seed):
    random = np.random.default_rng(seed)
    steps = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    x, y = np.meshgrid(steps, steps)
    images = np.empty((count, 3, SIZE, SIZE), np.float32)
    labels = random.integers(0, len(SHAPES), count)
    for i in range(count):
        background = random.uniform(0, 1, 3)
        image = np.broadcast_to(background[:, None, None], (3, SIZE, SIZE)).copy()
        gradient = random.uniform(-0.3, 0.3, (3, 2))
        image += gradient[:, :1, None] * x + gradient[:, 1:, None] * y
        for kind, radius in ((random.integers(0, len(SHAPES)), random.uniform(0.1, 0.2)), (labels[i], random.uniform(0.4, 0.65))):
            angle = random.uniform(0, 2 * np.pi)
            at = random.uniform(-1 + radius, 1 - radius, 2)
            u = ((x - at[0]) * np.cos(angle) + (y - at[1]) * np.sin(angle)) / radius
            v = ((y - at[1]) * np.cos(angle) - (x - at[0]) * np.sin(angle)) / radius
            colour = random.uniform(0, 1, 3)
            while abs(colour - background).max() < 0.25:
                colour = random.uniform(0, 1, 3)
            image = np.where(mask(kind, u, v), colour[:, None, None], image)
        image += random.normal(0, random.uniform(0.01, 0.1), image.shape)
        images[i] = np.clip(image, 0, 1)
    return images, labels.astype(np.int64)


def convolution(inputs, outputs, kernel, stride, groups=1, activation=True):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.ReLU6()) if activation else nn.Sequential(*layers)


class Block(nn.Module):
    """Inverted residual: widen, depthwise, narrow."""

    def __init__(self, inputs, outputs, stride, widening):
        super().__init__()
        hidden = inputs * widening
        self.layers = nn.Sequential(
            convolution(inputs, hidden, 1, 1),
            convolution(hidden, hidden, 3, stride, hidden),
            convolution(hidden, outputs, 1, 1, activation=False),
        )
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


def network():
    plan = [(16, 1, 1), (24, 2, 4), (24, 1, 4), (32, 1, 4), (32, 1, 4), (48, 2, 4), (48, 1, 4), (64, 1, 4)]
    layers, channels = [convolution(3, 16, 3, 2)], 16
    for outputs, stride, widening in plan:
        layers.append(Block(channels, outputs, stride, widening))
        channels = outputs
    layers += [convolution(channels, 128, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, len(SHAPES))]
    return nn.Sequential(*layers)


def spread(model, by, random):
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Sequential) and len(module) == 3 and isinstance(module[1], nn.BatchNorm2d):
                exponents = random.uniform(-by, 0, module[1].num_features)
                module[1].weight.copy_(torch.tensor(2.0 ** exponents, dtype=torch.float32))


def accuracy(model, images, labels):
    model.eval()
    with torch.no_grad():
        hits = [(model(torch.tensor(images[i : i + 250])).argmax(1).numpy() == labels[i : i + 250]).sum()
                for i in range(0, len(labels), 250)]
    return sum(hits) / len(labels)


def train(model, images, labels, epochs, random):
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    batch, steps = 64, len(labels) // 64
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, epochs * steps)
    for epoch in range(epochs):
        model.train()
        order, total, began = random.permutation(len(labels)), 0.0, time.time()
        for step in range(steps):
            chosen = order[step * batch : (step + 1) * batch]
            x = images[chosen]
            if random.integers(2):
                x = x[:, :, :, ::-1]
            x = np.rot90(x, random.integers(4), (2, 3)).copy()
            loss = nn.functional.cross_entropy(model(torch.tensor(x)), torch.tensor(labels[chosen]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / steps:.3f}, {time.time() - began:.0f} s", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--images", type=int, default=16000)
    parser.add_argument("--spread", type=float, default=3)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(1)
    random = np.random.default_rng(arguments.seed)
    os.makedirs(arguments.folder, exist_ok=True)
    images, labels = render(arguments.images, arguments.seed + 1)
    model = network()
    spread(model, arguments.spread, random)
    train(model, images, labels, arguments.epochs, random)
    for name, count, seed in (("calibration", 200, arguments.seed + 2), ("evaluation", 2000, arguments.seed + 3)):
        images, labels = render(count, seed)
        np.savez(os.path.join(arguments.folder, name + ".npz"), x=images, labels=labels)
        print(f"{name}: {100 * accuracy(model, images, labels):.2f} % of {count}")
    model.eval()
    torch.onnx.export(model, torch.zeros(1, 3, SIZE, SIZE), os.path.join(arguments.folder, "mobilenet.onnx"),
                      opset_version=13, input_names=["x"], output_names=["y"])


if __name__ == "__main__":
    main()
