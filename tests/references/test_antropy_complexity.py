"""Lempel-Ziv words and sample entropy beside antropy (0.2.3), on real scans and on noise.

antropy counts words by Kaspar and Schuster's search and pairs of stretches one by one or by a
tree; neither shares anything with the automaton and the runs here. Its sample entropy takes one
tolerance in the unit of the series, given here as the same share of the standard deviation.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rewire.numerics.lempel_ziv import binarise, count_words
from rewire.numerics.sample_entropy import sample_entropies

antropy = pytest.importorskip("antropy")

SCANS = (
    "sub-02/ses-placebo/func/sub-02_ses-placebo_task-rest_acq-post",
    "sub-07/ses-psilocybin/func/sub-07_ses-psilocybin_task-rest_acq-pre",
)


def _series(data: Path, scan: str) -> np.ndarray:
    path = data / "psilocybin-acute" / f"{scan}_seg-AAL90_stat-mean_timeseries.tsv"
    return pd.read_csv(path, sep="\t").to_numpy(dtype=float)


def _compare_words(symbols: np.ndarray) -> None:
    theirs = [antropy.lziv_complexity(row, normalize=False) for row in symbols]
    assert count_words(symbols).tolist() == theirs


def _compare_entropies(series: np.ndarray) -> None:
    ours = sample_entropies(series, (1,), 2, 0.2)[0]
    theirs = [
        antropy.sample_entropy(x, order=2, tolerance=0.2 * x.std())
        for x in np.ascontiguousarray(series.T)
    ]
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.real
@pytest.mark.parametrize("scan", SCANS)
def test_real_scans(shared_data: Path, scan: str) -> None:
    series = _series(shared_data, scan)
    symbols = binarise(series)
    _compare_words(symbols.T)
    _compare_words(symbols.reshape(1, -1))
    _compare_entropies(series[:, ::5])


def test_noise() -> None:
    rng = np.random.default_rng(0)
    _compare_words(rng.integers(0, 2, size=(10, 500)))
    _compare_words(rng.integers(0, 3, size=(10, 500)))
    _compare_entropies(rng.standard_normal((300, 4)).cumsum(axis=0))
