"""Digits for training: the archives of the mnist-cnn folder, shuffled by a seed into training, calibration and evaluation."""
import numpy as np

CALIBRATION = 500
EVALUATION = 2000


def split(folder, seed):
    """Images in 0..1 as [n, 784] float32 with labels: training, calibration, evaluation."""
    parts = [np.load(f"{folder}/{name}.npz") for name in ("calibration", "evaluation")]
    images = np.concatenate([part["Input3"] for part in parts]).reshape(-1, 784).astype(np.float32) / 255
    labels = np.concatenate([part["labels"] for part in parts])
    order = np.random.RandomState(seed).permutation(len(images))
    images, labels = images[order], labels[order]
    first, second = CALIBRATION, CALIBRATION + EVALUATION
    return (images[second:], labels[second:]), (images[:first], labels[:first]), (images[first:second], labels[first:second])
