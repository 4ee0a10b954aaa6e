"""The three kinds of defect a rendered part can carry.

Dents change the height of the surface, so the renderer's own light shades them;
scratches change how much the metal reflects; contamination lies on top of it.
Every strength is drawn log-uniformly, so faint defects are as common as plain ones.
"""

import numpy as np

SIZE = 80
GRID_Y, GRID_X = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)

# Linear-light colours of what drips, flakes and settles on parts.
CONTAMINANTS = {
    "oil": (0.045, 0.035, 0.020),
    "grime": (0.020, 0.020, 0.022),
    "rust": (0.260, 0.085, 0.025),
    "coolant": (0.050, 0.240, 0.170),
    "marker": (0.040, 0.070, 0.330),
    "grease": (0.330, 0.250, 0.060),
}
# Threads of work clothes and wipes. Coloured ones only: at this resolution a white or a black
# thread is too easily taken for a scratch.
FIBRES = ((0.35, 0.03, 0.03), (0.03, 0.07, 0.35), (0.04, 0.22, 0.07), (0.40, 0.20, 0.03))


def log_uniform(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def spot_on_metal(rng, distance, margin):
    """A pixel at least `margin` inside the metal, or the deepest one if none is."""
    rows, columns = np.nonzero(distance < -margin)
    if len(rows) == 0:
        row, column = np.unravel_index(np.argmin(distance), distance.shape)
    else:
        pick = rng.integers(len(rows))
        row, column = rows[pick], columns[pick]
    return float(column), float(row)


def curve(rng, centre, length, bend, wiggle):
    """Points half a pixel apart along a curve whose middle is `centre`."""
    count = max(8, int(2 * length))
    along = np.linspace(-0.5, 0.5, count)
    heading = rng.uniform(0, 2 * np.pi) + rng.uniform(-bend, bend) * along
    heading = heading + wiggle * np.sin(2 * np.pi * (rng.uniform(0.7, 1.6) * along + rng.random()))
    step = length / count
    x, y = np.cumsum(np.cos(heading)) * step, np.cumsum(np.sin(heading)) * step
    middle = count // 2
    return centre[0] + x - x[middle], centre[1] + y - y[middle]


def near_curve(x, y):
    """For each pixel: its distance to the curve, and how far along (0..1) it is nearest."""
    squared = (GRID_X[..., None] - x.astype(np.float32)) ** 2
    squared += (GRID_Y[..., None] - y.astype(np.float32)) ** 2
    nearest = squared.argmin(axis=-1)
    distance = np.sqrt(np.take_along_axis(squared, nearest[..., None], axis=-1)[..., 0])
    return distance, nearest / (len(x) - 1)


def share_on_metal(distance, x, y):
    column = np.clip(np.rint(x).astype(int), 0, SIZE - 1)
    row = np.clip(np.rint(y).astype(int), 0, SIZE - 1)
    return float(np.mean(distance[row, column] < -1.0))


def scratch_gain(rng, distance):
    """Reflectance factor of one to three scratches: a thin core with an opposite flank."""
    gain = np.ones((SIZE, SIZE), np.float32)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        for _ in range(20):  # a scratch that mostly misses the metal would mislabel the frame
            centre = spot_on_metal(rng, distance, 2.5)
            x, y = curve(rng, centre, rng.uniform(12, 34), bend=1.0, wiggle=0.08)
            if share_on_metal(distance, x, y) > 0.65:
                break
        away, along = near_curve(x, y)
        width = rng.uniform(0.65, 1.1)
        taper = np.clip(4 * np.minimum(along, 1 - along) + 0.25, 0, 1)
        profile = 1.3 * np.exp(-((away / width) ** 2)) - 0.3 * np.exp(-((away / (2.4 * width)) ** 2))
        bright = rng.random() < 0.65
        strength = log_uniform(rng, 0.6, 1.8) if bright else -log_uniform(rng, 0.42, 0.85)
        gain *= 1 + strength * taper * profile
    return np.maximum(gain, 0.08)


def dent_height(rng, distance):
    """Height change, in pixels, of one or two dents with a slightly raised rim."""
    height = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(rng.choice((1, 1, 2))):
        cx, cy = spot_on_metal(rng, distance, 4.0)
        radius, stretch, turn = rng.uniform(3.5, 6.5), rng.uniform(1.0, 1.5), rng.uniform(0, np.pi)
        dx, dy = GRID_X - cx, GRID_Y - cy
        a = (dx * np.cos(turn) + dy * np.sin(turn)) / (radius * stretch)
        b = (dy * np.cos(turn) - dx * np.sin(turn)) / radius
        squared = a * a + b * b
        depth = radius * log_uniform(rng, 0.36, 0.95)
        height -= depth * (np.exp(-squared) - 0.18 * np.exp(-((np.sqrt(squared) - 1.7) ** 2) * 4))
    return height


def blob(rng, centre, size):
    """Coverage (0..1) of an irregular patch: a thresholded sum of a few soft discs."""
    field = np.zeros((SIZE, SIZE), np.float32)
    for lobe in range(rng.integers(3, 7)):
        reach = 0.0 if lobe == 0 else size
        cx, cy = centre + rng.normal(0, 0.6, 2) * reach
        radius = size * rng.uniform(0.5, 1.0)
        field += np.exp(-((GRID_X - cx) ** 2 + (GRID_Y - cy) ** 2) / radius**2)
    return 1 / (1 + np.exp(-(field - 0.55) * rng.uniform(6, 16)))


def specks(rng, centre):
    """Coverage of a loose cluster of small particles."""
    cover = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(rng.integers(4, 12)):
        cx, cy = centre + rng.normal(0, 4.0, 2)
        radius = rng.uniform(0.8, 1.6)
        cover = np.maximum(cover, np.exp(-((GRID_X - cx) ** 2 + (GRID_Y - cy) ** 2) / radius**2))
    return cover


def add_fibre(rng, image, distance):
    """A curly thread: longer and far more bent than a scratch, and free to overhang the edge."""
    for _ in range(20):
        centre = spot_on_metal(rng, distance, 3.0)
        x, y = curve(rng, centre, rng.uniform(18, 38), bend=5.0, wiggle=0.7)
        if share_on_metal(distance, x, y) > 0.6:
            break
    away, _ = near_curve(x, y)
    shadow, _ = near_curve(x + 1.2, y + 1.2)
    opacity = log_uniform(rng, 0.6, 1.0)
    image = image * (1 - 0.3 * opacity * np.exp(-(shadow**2)))[..., None]
    cover = (opacity * np.exp(-((away / rng.uniform(0.6, 1.0)) ** 2)))[..., None]
    return image * (1 - cover) + cover * np.array(FIBRES[rng.integers(len(FIBRES))])


def add_contamination(rng, image, distance, light):
    """Lays a patch, a cluster of particles or a fibre over the lit part."""
    kind = rng.choice(("blob", "blob", "blob", "specks", "fibre"))
    if kind == "fibre":
        return add_fibre(rng, image, distance)
    centre = np.array(spot_on_metal(rng, distance, 3.0))
    on_part = np.clip(1.0 - distance, 0, 1)
    if kind == "specks":
        name = rng.choice(("grime", "rust", "oil"))
        cover = specks(rng, centre) * log_uniform(rng, 0.65, 1.0)
    else:
        name = rng.choice(list(CONTAMINANTS))
        cover = blob(rng, centre, log_uniform(rng, 2.8, 7.0)) * log_uniform(rng, 0.5, 0.97)
    cover = (cover * on_part)[..., None]
    return image * (1 - cover) + cover * np.array(CONTAMINANTS[name]) * light[..., None]
