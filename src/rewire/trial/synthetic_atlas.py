"""The parcellation of the simulated trial: 100 invented regions on a brain-like ellipsoid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewire.core.atlas import Atlas
from rewire.core.types import FloatArray

_CENTRE = np.array([0.0, -18.0, 10.0])
_HALF_AXES = np.array([64.0, 82.0, 56.0])
_MEDIAL_X = 7.0
_MIDDLE, _HALF_AXES_OF_ONE = np.array([31.0, -18.0, 10.0]), np.array([34.0, 82.0, 56.0])
_LATERAL, _MEDIAL = 36, 14

_TERRITORIES: tuple[tuple[str, tuple[float, float, float]], ...] = (
    ("Vis", (8.0, -86.0, 4.0)),
    ("Vis", (34.0, -84.0, -4.0)),
    ("SomMot", (38.0, -24.0, 58.0)),
    ("SomMot", (60.0, -8.0, 18.0)),
    ("SomMot", (8.0, -26.0, 62.0)),
    ("DorsAttn", (30.0, -62.0, 52.0)),
    ("DorsAttn", (52.0, -60.0, -8.0)),
    ("SalVentAttn", (62.0, -36.0, 30.0)),
    ("SalVentAttn", (54.0, 16.0, 4.0)),
    ("SalVentAttn", (8.0, 12.0, 48.0)),
    ("Limbic", (14.0, 38.0, -28.0)),
    ("Limbic", (38.0, 0.0, -40.0)),
    ("Cont", (46.0, 42.0, 18.0)),
    ("Cont", (50.0, -52.0, 44.0)),
    ("Default", (8.0, 54.0, 8.0)),
    ("Default", (8.0, -54.0, 28.0)),
    ("Default", (60.0, -22.0, -18.0)),
    ("Default", (26.0, 32.0, 50.0)),
)
"""Where each network sits in the right hemisphere, in mm: rough places, invented for this trial."""

NETWORKS: tuple[str, ...] = tuple(dict.fromkeys(name for name, _ in _TERRITORIES))
"""The seven networks, in the order of the atlas."""


def simulated_atlas() -> Atlas:
    """Return the atlas ``Simulated100``: 50 regions a hemisphere, mirrored, in seven networks.

    Every region belongs to the network whose territory is nearest, so that networks are
    contiguous patches. No real parcellation was copied.

    Returns
    -------
    Atlas
        100 regions, centroids in mm (MNI-like space) and on a sphere a hemisphere.

    Examples
    --------
    >>> atlas = simulated_atlas()
    >>> len(atlas), atlas.networks[0], atlas.regions[0]
    (100, 'Vis', 'LH_Vis_1')
    """
    right = _right_hemisphere()
    nearest = _nearest_network(right)
    order = np.lexsort((right[:, 1], nearest))
    right, nearest = right[order], nearest[order]
    labels = _labels(nearest)
    names = tuple(NETWORKS[k] for k in nearest)
    centroid = np.round(np.vstack([right * np.array([-1.0, 1.0, 1.0]), right]), 1)
    return Atlas(
        "Simulated100",
        tuple(f"{side}_{label}" for side in ("LH", "RH") for label in labels),
        np.arange(1, 2 * len(right) + 1),
        ("L",) * len(right) + ("R",) * len(right),
        names + names,
        centroid,
        _spheres(centroid),
    )


def _spheres(centroid: FloatArray) -> FloatArray:
    """Return each region's place on the unit sphere about the middle of its hemisphere."""
    side = np.where(centroid[:, :1] < 0.0, -1.0, 1.0)
    placed = centroid - _MIDDLE * np.hstack([side, np.ones_like(centroid[:, 1:])])
    placed = placed / _HALF_AXES_OF_ONE
    return np.asarray(placed / np.linalg.norm(placed, axis=1, keepdims=True))


def _right_hemisphere() -> FloatArray:
    """Spread points evenly by the golden angle, over the outer surface and the medial wall."""
    golden = np.pi * (3.0 - np.sqrt(5.0))
    k = np.arange(_LATERAL)
    # The pole of this half-sphere points right; the rim stops short of the medial wall.
    x = 1.0 - 0.8 * (k + 0.5) / _LATERAL
    ring = np.sqrt(1.0 - x**2)
    lateral = np.column_stack([x, ring * np.cos(golden * k), ring * np.sin(golden * k)])
    m = np.arange(_MEDIAL)
    disc = 0.85 * np.sqrt((m + 0.5) / _MEDIAL)
    medial = np.column_stack([0 * disc, disc * np.cos(golden * m), disc * np.sin(golden * m)])
    points = np.vstack([lateral, medial]) * _HALF_AXES + _CENTRE
    points[_LATERAL:, 0] = _MEDIAL_X
    return np.asarray(points, dtype=np.float64)


def _nearest_network(points: FloatArray) -> npt.NDArray[np.int64]:
    seeds = np.array([place for _, place in _TERRITORIES])
    owner = np.array([NETWORKS.index(name) for name, _ in _TERRITORIES], dtype=np.int64)
    distance = np.linalg.norm(points[:, None, :] - seeds[None, :, :], axis=2)
    return np.asarray(owner[distance.argmin(axis=1)], dtype=np.int64)


def _labels(networks: npt.NDArray[np.int64]) -> list[str]:
    seen = dict.fromkeys(range(len(NETWORKS)), 0)
    labels = []
    for network in networks.tolist():
        seen[network] += 1
        labels.append(f"{NETWORKS[network]}_{seen[network]}")
    return labels
