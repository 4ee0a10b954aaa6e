"""Renders frames of metal parts on a conveyor, as a camera above the belt would see them.

A frame is a function of (seed, index, label) alone, so every set can be rebuilt.
Run as a script, it writes the test and calibration frames under ../images.
"""

import csv
import io
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

import defects
from defects import GRID_X, GRID_Y, SIZE

CLASSES = ("good", "scratched", "dented", "contaminated")
JPEG_QUALITY = 88
# One seed for each set: no frame of one set can be a frame of another.
TRAIN, VALIDATION, TEST, CALIBRATION = 101, 202, 303, 404
IMAGES = Path(__file__).resolve().parent.parent / "images"


def smooth_noise(rng, cells):
    """Noise in 0..1 that varies over SIZE / cells pixels: bilinear between random corners."""
    corners = rng.random((cells + 2, cells + 2)).astype(np.float32)
    at = np.arange(SIZE, dtype=np.float32) * cells / SIZE
    low = at.astype(int)
    part = at - low
    rows = corners[low] * (1 - part)[:, None] + corners[low + 1] * part[:, None]
    return rows[:, low] * (1 - part) + rows[:, low + 1] * part


def blur_kernel(sigma, length=0.0):
    """Defocus (gaussian) along one axis, smeared over `length` pixels of belt travel."""
    taps = np.arange(-4, 5)
    kernel = np.exp(-0.5 * (taps / max(sigma, 0.15)) ** 2)
    if length > 0:
        smear = np.clip(length / 2 + 0.5 - np.abs(taps), 0, 1)
        kernel = np.convolve(kernel, smear, mode="same")
    return kernel / kernel.sum()


def blur(image, across, down):
    """Separable blur of an [H, W, C] image; the frame's border is repeated outwards."""
    reach = len(across) // 2
    wide = np.pad(image, ((0, 0), (reach, reach), (0, 0)), mode="edge")
    image = sum(weight * wide[:, k : k + SIZE] for k, weight in enumerate(across) if weight > 1e-4)
    tall = np.pad(image, ((reach, reach), (0, 0), (0, 0)), mode="edge")
    return sum(weight * tall[k : k + SIZE] for k, weight in enumerate(down) if weight > 1e-4)


def outer_edge(rng, u, v, r, radius):
    """Signed distance to the outline of a washer, a gear or a bracket; negative inside."""
    kind = rng.choice(("washer", "gear", "bracket"))
    if kind == "gear":
        teeth, depth = rng.integers(12, 21), radius * rng.uniform(0.06, 0.11)
        wave = np.tanh(2.5 * np.cos(teeth * np.arctan2(v, u)))
        return r - radius + depth * (0.5 - 0.5 * wave)
    if kind == "bracket":
        return np.maximum(r - radius, np.abs(v) - radius * rng.uniform(0.68, 0.9))
    return r - radius


def part_distance(rng, u, v, r, radius):
    """Signed distance to the metal: the outline less its bore and its bolt holes."""
    bore = radius * rng.uniform(0.18, 0.40)
    distance = np.maximum(outer_edge(rng, u, v, r, radius), bore - r)
    holes = rng.choice((0, 0, 2, 3, 4, 6))
    hole, ring = radius * rng.uniform(0.06, 0.10), (bore + radius) / 2
    for turn in np.arange(holes) * 2 * np.pi / max(holes, 1):
        away = np.hypot(u - ring * np.cos(turn), v - ring * np.sin(turn))
        distance = np.maximum(distance, hole - away)
    return distance


def surface_height(rng, distance, r, radius):
    """Height of a sound part, in pixels: chamfered edges, a slight crown, often a turned groove."""
    chamfer = rng.uniform(0.7, 1.6)
    height = rng.uniform(0.4, 1.0) * (1 - np.exp(np.minimum(distance, 0) / chamfer))
    height += rng.uniform(-0.05, 0.05) * r**2 / radius
    if rng.random() < 0.4:
        groove = radius * rng.uniform(0.6, 0.9)
        height -= rng.uniform(0.1, 0.45) * np.exp(-(((r - groove) / rng.uniform(0.8, 1.4)) ** 2))
    return height


def brushed(rng, u, v, r):
    """Fine parallel or concentric tool marks, as a reflectance factor around 1."""
    marks = np.zeros_like(u)
    turned = rng.random() < 0.4
    for _ in range(2):
        lean = rng.normal(0, 0.04)
        across = r if turned else u * np.sin(lean) + v * np.cos(lean)
        profile = rng.normal(0, 1, 160)
        marks += np.interp(across + 60, np.arange(160) * rng.uniform(0.8, 1.4), profile)
    grain = rng.normal(0, 1, (SIZE, SIZE))
    return 1 + rng.uniform(0.01, 0.035) * marks + rng.uniform(0.01, 0.03) * grain


def lamp(rng):
    """A lamp's position in pixels: off to one side and above, near enough to light unevenly."""
    azimuth, zenith = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(32, 58))
    reach = rng.uniform(90, 220)
    across = reach * np.sin(zenith)
    return np.array([across * np.cos(azimuth), across * np.sin(azimuth), reach * np.cos(zenith)])


def shade(rng, height, position):
    """(diffuse, specular) light on a height field from a lamp at `position` (frame centre = 0)."""
    slope_y, slope_x = np.gradient(height)
    normal = np.stack([-slope_x, -slope_y, np.ones_like(height)])
    normal /= np.sqrt((normal**2).sum(axis=0))
    centred = np.stack([GRID_X - SIZE / 2, GRID_Y - SIZE / 2, np.zeros_like(GRID_X)])
    to_lamp = position[:, None, None] - centred
    reach = np.sqrt((to_lamp**2).sum(axis=0))
    to_lamp = to_lamp / reach
    falloff = (np.linalg.norm(position) / reach) ** 2
    # Divided by the lamp's own cosine, so a flat part is equally exposed under any lamp.
    diffuse = falloff * np.maximum((normal * to_lamp).sum(axis=0), 0.02)
    diffuse /= position[2] / np.linalg.norm(position)
    halfway = to_lamp + np.array([0.0, 0.0, 1.0])[:, None, None]
    halfway /= np.sqrt((halfway**2).sum(axis=0))
    gloss = np.maximum((normal * halfway).sum(axis=0), 0) ** rng.uniform(10, 40)
    return diffuse, falloff * gloss


def belt(rng):
    """A woven or plain rubber belt with worn patches and loose debris, in linear light."""
    angle = rng.normal(0, 0.1)
    along, across = GRID_X + angle * GRID_Y, GRID_Y - angle * GRID_X
    weave = np.sin(2 * np.pi * along / rng.uniform(3, 8)) * np.sin(2 * np.pi * across / rng.uniform(3, 8))
    texture = 1 + rng.uniform(0, 0.3) * weave + rng.uniform(0.1, 0.5) * (smooth_noise(rng, 6) - 0.5)
    texture += rng.normal(0, rng.uniform(0.03, 0.1), (SIZE, SIZE))
    for x, y in rng.uniform(0, SIZE, (rng.integers(0, 6), 2)):
        texture += rng.uniform(-0.6, 1.2) * np.exp(-((GRID_X - x) ** 2 + (GRID_Y - y) ** 2) / rng.uniform(0.5, 3))
    colour = log_colour(rng, rng.uniform(0.012, 0.06), 0.18)
    return np.maximum(texture, 0.1)[..., None] * colour


def log_colour(rng, level, spread):
    """A colour of about this linear level, its channels spread by a share of it."""
    return level * np.exp(rng.normal(0, spread, 3))


def camera(rng, image):
    """Belt travel during the exposure, defocus, white balance, sensor noise and gamma."""
    focus = rng.uniform(0.2, 0.65)
    image = blur(image, blur_kernel(focus, rng.uniform(0, 1.5)), blur_kernel(focus))
    image = image * rng.uniform(0.8, 1.25) * np.exp(rng.normal(0, 0.03, 3))
    noise = rng.normal(0, 1, image.shape) * np.sqrt(np.maximum(image, 0)) * rng.uniform(0.008, 0.022)
    noise += rng.normal(0, 0.002, image.shape)
    return np.rint(255 * np.clip(image + noise, 0, 1) ** (1 / 2.2)).astype(np.uint8)


def render(seed, index, label):
    """One frame as [80, 80, 3] uint8; `label` indexes CLASSES."""
    rng = np.random.default_rng((seed, index))
    defect = CLASSES[label]
    radius, turn = rng.uniform(24, 33), rng.uniform(0, 2 * np.pi)
    x, y = GRID_X - SIZE / 2 - rng.normal(0, 2.0), GRID_Y - SIZE / 2 - rng.normal(0, 2.0)
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    r = np.hypot(u, v)
    distance = part_distance(rng, u, v, r, radius)

    height = surface_height(rng, distance, r, radius)
    if defect == "dented":
        height = height + defects.dent_height(rng, distance)
    position = lamp(rng)
    diffuse, gloss = shade(rng, height, position)
    ambient = rng.uniform(0.15, 0.4)
    light = ambient + (1 - ambient) * diffuse
    reflectance = brushed(rng, u, v, r) * (1 + rng.uniform(0, 0.2) * (smooth_noise(rng, 4) - 0.5))
    if defect == "scratched":
        reflectance = reflectance * defects.scratch_gain(rng, distance)
    metal = log_colour(rng, rng.uniform(0.16, 0.36), 0.05)
    part = (reflectance * (light + rng.uniform(0.2, 0.9) * gloss))[..., None] * metal

    cover = np.clip(0.5 - distance, 0, 1)[..., None]
    away = np.rint(-position[:2] / np.linalg.norm(position[:2]) * rng.uniform(1, 4)).astype(int)
    shadow = blur(np.roll(cover, (away[1], away[0]), (0, 1)), blur_kernel(1.2), blur_kernel(1.2))
    ground = belt(rng) * (1 - 0.7 * shadow) * (ambient + (1 - ambient) * shade(rng, 0 * r, position)[0])[..., None]
    image = ground * (1 - cover) + part * cover
    if defect == "contaminated":
        image = defects.add_contamination(rng, image, distance, light)
    return camera(rng, image)


def encode(pixels):
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=JPEG_QUALITY)
    return stream.getvalue()


def decode(jpeg):
    return np.asarray(Image.open(io.BytesIO(jpeg)).convert("RGB"))


def frame(job):
    return encode(render(*job))


def frames(seed, count, workers=2):
    """(JPEGs, labels) of a balanced set, in an order that says nothing of the label."""
    labels = np.random.default_rng(seed).permutation(np.arange(count) % len(CLASSES))
    jobs = [(seed, index, int(label)) for index, label in enumerate(labels)]
    with Pool(workers) as pool:
        return pool.map(frame, jobs, chunksize=50), labels


def write(folder, seed, count):
    """Writes a set as numbered JPEGs and their labels.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    jpegs, labels = frames(seed, count)
    with open(folder / "labels.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("file", "label"))
        for number, (jpeg, label) in enumerate(zip(jpegs, labels), start=1):
            name = f"{number:04}.jpg"
            (folder / name).write_bytes(jpeg)
            rows.writerow((name, CLASSES[label]))


if __name__ == "__main__":
    write(IMAGES / "test", TEST, 2400)
    write(IMAGES / "calibration", CALIBRATION, 240)
