"""False positives, bias and power of the tests of a change map beside an annotation.

No other software is timed: what is compared are the null models. The table of ``docs/maps.md`` is
what this prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from rewire.numerics.folding import fold_distances
from rewire.numerics.linear import mean_model
from rewire.numerics.map_association import assess_maps
from rewire.numerics.permute import permute_family
from rewire.numerics.spins import SpinMethod, draw_rotations, spin_regions
from rewire.numerics.variogram import variogram_surrogates

FloatArray = npt.NDArray[np.float64]

_HALF, _DRAWS, _TRIALS = 50, 199, 500
_SPINS: tuple[SpinMethod, ...] = ("original", "hungarian", "vasa")
_TESTS = (
    "regions as if independent",
    "participants",
    *(f"spin, {m}" for m in _SPINS),
    "variogram, mm",
    "variogram, folded",
)
_ACROSS = 0.8
"""Correlation of a field with its mirror image."""
_LENGTH = 0.45
"""Length over which fields are alike, in radii of the sphere."""


@dataclass(frozen=True, slots=True)
class Brain:
    """Regions on two spheres, and what makes fields on them smooth.

    Parameters
    ----------
    sphere, places
        Shape (regions, 3): on the unit sphere, and in mm.
    root
        Shape (regions, regions); times white noise it is a smooth field of variance 1.
    """

    sphere: FloatArray
    places: FloatArray
    root: FloatArray

    @property
    def left(self) -> npt.NDArray[np.bool_]:
        """Whether a region lies on the left."""
        return np.arange(len(self.sphere)) < _HALF

    def fields(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return smooth fields, shape (count, regions), each of mean 0 and SD 1."""
        made = rng.standard_normal((count, len(self.sphere))) @ self.root.T
        made -= made.mean(axis=1, keepdims=True)
        return np.asarray(made / made.std(axis=1, keepdims=True))


def form_brain() -> Brain:
    """Return a hundred regions, evenly spread over two hemispheres that mirror each other."""
    at = np.arange(_HALF) + 0.5
    z, turn = 1.0 - 2.0 * at / _HALF, np.pi * (1.0 + 5.0**0.5) * at
    ring = np.sqrt(1.0 - z * z)
    right = np.column_stack([ring * np.cos(turn), ring * np.sin(turn), z])
    sphere = np.vstack([right * [-1.0, 1.0, 1.0], right])
    apart = np.linalg.norm(right[:, None] - right, axis=2)
    near = np.exp(-0.5 * (apart / _LENGTH) ** 2)
    whole = np.block([[near, _ACROSS * near], [_ACROSS * near, near]])
    values, vectors = np.linalg.eigh(whole)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    side = np.repeat([-1.0, 1.0], _HALF)[:, None] * [45.0, 0.0, 0.0]
    return Brain(sphere, 40.0 * sphere + side, root)


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of truth.

    Parameters
    ----------
    name
        In words.
    r
        Correlation of the true change with the annotation; NaN where the two are drawn apart.
    size
        SD over regions of the true change, in SD of a single person's noise; 0 for no effect.
    """

    name: str
    r: float
    size: float


CASES = (
    Case("no effect", np.nan, 0.0),
    Case("an effect that has nothing to do with the annotation", np.nan, 0.5),
    Case("an effect that follows it, r = .3", 0.3, 0.5),
    Case("an effect that follows it, r = .5", 0.5, 0.5),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Share of trials with p below .05, test by test, and how far r is from the truth."""

    case: str
    people: int
    shares: tuple[float, ...]
    both: float
    r: float
    null_mean: float

    def __str__(self) -> str:
        """Return a row of a table."""
        told = " | ".join(f"{100 * s:.0f}%" for s in (*self.shares, self.both))
        return f"{self.case} | {self.people} | {told} | {self.r:.2f} | {self.null_mean:+.3f}"


def run() -> Iterator[str | Found]:
    """Yield the table, one row a case and number of participants."""
    brain = form_brain()
    rng = np.random.default_rng(1)
    turns = draw_rotations(_DRAWS, rng)
    orders = [spin_regions(brain.sphere, brain.left, turns, method) for method in _SPINS]
    yield f"case | n | {' | '.join(_TESTS)} | both (participants and spin) | mean r | mean null r"
    for case in CASES:
        for people in (10, 20, 40):
            yield _assess(brain, case, people, orders)


def _assess(brain: Brain, case: Case, people: int, orders: list[npt.NDArray[np.int64]]) -> Found:
    rng = np.random.default_rng([2, people, CASES.index(case)])
    p = np.empty((_TRIALS, len(_TESTS)))
    r, null_mean = np.empty(_TRIALS), np.empty(_TRIALS)
    apart = np.linalg.norm(brain.places[:, None] - brain.places, axis=2)
    for trial in range(_TRIALS):
        annotation, other = brain.fields(2, rng)
        changes = brain.fields(people, rng) + case.size * _truth(annotation, other, case.r)
        own = changes.mean(axis=0)
        slopes = changes @ annotation[:, None] / len(annotation)
        nulls = [own[order] for order in orders]
        nulls.append(variogram_surrogates(own, apart, _DRAWS, rng))
        folded = fold_distances(own, brain.places, brain.left)
        nulls.append(variogram_surrogates(own, folded, _DRAWS, rng))
        over = permute_family([mean_model(slopes)], _DRAWS, rng)[0]
        space = [assess_maps(own, null, annotation[:, None]) for null in nulls]
        plain = stats.pearsonr(own, annotation)
        p[trial] = [plain.pvalue, over.p[0], *(float(s.p[0]) for s in space)]
        r[trial], null_mean[trial] = plain.statistic, space[0].null_mean[0]
    clear = p <= 0.05 + 1e-9  # 199 null maps: p is a multiple of 1/200
    both = clear[:, 1] & clear[:, 2]
    shares = tuple(float(s) for s in clear.mean(axis=0))
    return Found(
        case.name, people, shares, float(both.mean()), float(r.mean()), float(null_mean.mean())
    )


def _truth(annotation: FloatArray, other: FloatArray, r: float) -> FloatArray:
    """Return a map of SD 1 that has this correlation with the annotation."""
    if np.isnan(r):
        return other
    rest = other - (other @ annotation) / len(annotation) * annotation
    return np.asarray(r * annotation + np.sqrt(1.0 - r * r) * rest / rest.std())
