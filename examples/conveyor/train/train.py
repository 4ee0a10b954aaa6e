"""Trains the conveyor network on freshly rendered parts and writes ../conveyor.onnx.

The test images are not read here: the epoch is chosen on a validation set of its own.
evaluate.py measures the exported file on the test images afterwards.
"""

import copy
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

import render

MODEL = Path(__file__).resolve().parent.parent / "conveyor.onnx"
INPUT = 64
# Of the training frames, rounded; part of what the model expects of its caller.
MEAN = (0.334, 0.333, 0.334)
STD = (0.176, 0.176, 0.176)
TRAIN_FRAMES, VALIDATION_FRAMES = 24_000, 2_400
EPOCHS, BATCH, PEAK_RATE = 24, 128, 4e-3
THREADS = 2


class Unit(nn.Sequential):
    """Convolution, batch norm and, unless told otherwise, ReLU."""

    def __init__(self, inputs, outputs, kernel=3, stride=1, groups=1, relu=True):
        conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), *([nn.ReLU()] if relu else []))

    def fused(self):
        """The same function with the batch norm folded into the convolution."""
        return nn.Sequential(fuse_conv_bn_eval(self[0], self[1]), *list(self)[2:])


class Network(nn.Module):
    """Early layers stay narrow at high resolution, where faint scratches are still visible."""

    def __init__(self):
        super().__init__()
        self.stem = Unit(3, 16, stride=2)
        self.fine1 = Unit(16, 16)
        self.fine2 = Unit(16, 16, relu=False)
        self.down1 = Unit(16, 32, stride=2)
        self.inner = Unit(32, 32)
        self.down2 = Unit(32, 64, stride=2)
        self.depthwise = Unit(64, 64, groups=64)
        self.pointwise = Unit(64, 128, kernel=1)
        self.down3 = Unit(128, 128, stride=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(128, len(render.CLASSES))

    def forward(self, image):
        x = self.stem(image)
        x = F.relu(x + self.fine2(self.fine1(x)))
        x = self.down2(self.inner(self.down1(x)))
        x = self.pointwise(self.depthwise(x))
        return self.head(torch.flatten(self.pool(self.down3(x)), 1))

    def fused(self):
        """A copy ready for export: every batch norm folded away, names kept."""
        model = copy.deepcopy(self).eval()
        for name, unit in list(model.named_children()):
            if isinstance(unit, Unit):
                setattr(model, name, unit.fused())
        return model


def prepare(frames):
    """uint8 [N, 80, 80, 3] frames to the model's input; evaluate.py uses this same function."""
    image = torch.as_tensor(frames).permute(0, 3, 1, 2).float()
    image = F.interpolate(image, (INPUT, INPUT), mode="bilinear", align_corners=False, antialias=False)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (image / 255 - mean) / std


def rendered(seed, count):
    """A set that went through JPEG as the test images did, as uint8 frames and labels."""
    jpegs, labels = render.frames(seed, count, THREADS)
    return torch.from_numpy(np.stack([render.decode(jpeg) for jpeg in jpegs])), torch.as_tensor(labels)


def mirrored(image):
    """One of the eight mirrorings and quarter turns: shading stays true to some lamp."""
    if torch.rand(()) < 0.5:
        image = image.flip(2)
    if torch.rand(()) < 0.5:
        image = image.flip(3)
    return image.transpose(2, 3) if torch.rand(()) < 0.5 else image


def train_epoch(model, frames, labels, optimiser, schedule):
    model.train()
    for batch in torch.randperm(len(labels)).split(BATCH):
        # Each quarter of the batch is mirrored its own way.
        image = torch.cat([mirrored(part) for part in prepare(frames[batch]).chunk(4)])
        loss = F.cross_entropy(model(image), labels[batch], label_smoothing=0.02)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()


@torch.no_grad()
def measure(model, frames, labels):
    """(mean cross-entropy, accuracy) on a set."""
    model.eval()
    logits = torch.cat([model(prepare(part)) for part in frames.split(300)])
    return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()


def train(model, training, validation):
    """Trains in place and leaves the weights of the epoch with the least validation loss."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    steps = EPOCHS * -(-TRAIN_FRAMES // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps, pct_start=0.2)
    least, best = float("inf"), None
    for epoch in range(1, EPOCHS + 1):
        train_epoch(model, *training, optimiser, schedule)
        loss, accuracy = measure(model, *validation)
        print(f"epoch {epoch:2}  validation loss {loss:.4f}  accuracy {accuracy:.4f}", flush=True)
        if loss < least:
            least, best = loss, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)


def export(model, path):
    torch.onnx.export(
        model.fused(),
        torch.zeros(1, 3, INPUT, INPUT),
        str(path),
        opset_version=13,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "N"}, "logits": {0: "N"}},
    )


def main():
    torch.set_num_threads(THREADS)
    torch.manual_seed(7)
    started = time.time()
    training = rendered(render.TRAIN, TRAIN_FRAMES)
    validation = rendered(render.VALIDATION, VALIDATION_FRAMES)
    print(f"rendered in {time.time() - started:.0f} s", flush=True)
    started = time.time()
    model = Network()
    train(model, training, validation)
    print(f"trained in {time.time() - started:.0f} s")
    print("kept: validation loss {:.4f}  accuracy {:.4f}".format(*measure(model, *validation)))
    export(model, MODEL)
    print(f"wrote {MODEL.name}: {MODEL.stat().st_size} bytes")


if __name__ == "__main__":
    main()
