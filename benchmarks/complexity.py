"""Lempel-Ziv words and sample entropy of one scan, control energy of one connectome."""

from __future__ import annotations

from collections.abc import Iterable

import antropy
import numpy as np
import numpy.typing as npt
from nctpy.energies import minimum_energy_fast

from benchmarks.row import Row, timed
from rewire.numerics.control import minimum_energy, stable_dynamics
from rewire.numerics.lempel_ziv import binarise, count_words
from rewire.numerics.sample_entropy import sample_entropies

FloatArray = npt.NDArray[np.float64]
_REPEATS = 5


def _series(regions: int, volumes: int) -> FloatArray:
    """Smooth noise."""
    sums = np.random.default_rng(regions).standard_normal((volumes + 4, regions)).cumsum(axis=0)
    smooth: FloatArray = sums[4:] - sums[:-4]
    return smooth


def _words(name: str, symbols: npt.NDArray[np.int64]) -> Row:
    def theirs() -> float:
        return float(sum(antropy.lziv_complexity(row, normalize=False) for row in symbols))

    theirs()  # compiles
    count_words(symbols[:1, :10])
    our_seconds, ours = timed(lambda: float(count_words(symbols).sum()), _REPEATS)
    their_seconds, found = timed(theirs)
    return Row(name, our_seconds, "antropy", their_seconds, f"{ours:.0f} words", f"{found:.0f}")


def _entropy(name: str, series: FloatArray) -> Row:
    columns = np.ascontiguousarray(series.T)

    def theirs() -> float:
        made = [antropy.sample_entropy(x, 2, tolerance=0.2 * x.std()) for x in columns]
        return float(np.mean(made))

    theirs()  # compiles
    sample_entropies(series[:20], (1,), 2, 0.2)
    ours = timed(lambda: float(sample_entropies(series, (1,), 2, 0.2).mean()), _REPEATS)
    rival = timed(theirs)
    return Row(name, ours[0], "antropy", rival[0], ours[1], rival[1])


def _control(regions: int) -> Row:
    """Every transition between seven states."""
    rng = np.random.default_rng(regions)
    weights = rng.exponential(size=(regions, regions))
    dynamics = stable_dynamics(weights + weights.T)
    inputs = rng.uniform(0.5, 1.5, regions)
    states = (np.arange(regions) % 7 == np.arange(7)[:, None]).astype(np.float64)
    starts, targets = np.repeat(states, 7, axis=0), np.tile(states, (7, 1))

    def theirs() -> float:
        # reused otherwise between calls with the same system
        own = np.nextafter(dynamics, rng.uniform(-1.0, 1.0, dynamics.shape))
        found = minimum_energy_fast(own, 1.0, np.diag(inputs), starts.T, targets.T)
        return float(found.sum(axis=0).mean())

    def ours() -> float:
        return float(minimum_energy(dynamics, inputs, 1.0, starts, targets).energy.mean())

    seconds, found = timed(ours, _REPEATS)
    their_seconds, expected = timed(theirs)
    name = f"control energy of 49 transitions, {regions} regions"
    return Row(name, seconds, "nctpy", their_seconds, f"{found:.10g}", f"{expected:.10g}")


def run() -> Iterable[Row]:
    """Compare on simulated scans."""
    for regions, volumes in ((90, 240), (400, 600)):
        series = _series(regions, volumes)
        symbols = binarise(series)
        size = f"{regions} regions x {volumes} volumes"
        yield _words(f"Lempel-Ziv words, {size}, each region", np.ascontiguousarray(symbols.T))
        yield _entropy(f"sample entropy, {size}", series)
    yield _words("Lempel-Ziv words, 90 x 240 in one row", binarise(_series(90, 240)).reshape(1, -1))
    for regions in (94, 400):
        yield _control(regions)
