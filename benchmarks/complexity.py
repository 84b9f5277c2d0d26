"""Entropies of one scan: Lempel-Ziv words of every region and of all in one row, sample entropy."""

from __future__ import annotations

from collections.abc import Iterable

import antropy
import numpy as np
import numpy.typing as npt

from benchmarks.row import Row, timed
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


def run() -> Iterable[Row]:
    """Compare on simulated scans."""
    for regions, volumes in ((90, 240), (400, 600)):
        series = _series(regions, volumes)
        symbols = binarise(series)
        size = f"{regions} regions x {volumes} volumes"
        yield _words(f"Lempel-Ziv words, {size}, each region", np.ascontiguousarray(symbols.T))
        yield _entropy(f"sample entropy, {size}", series)
    yield _words("Lempel-Ziv words, 90 x 240 in one row", binarise(_series(90, 240)).reshape(1, -1))
