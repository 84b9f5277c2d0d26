"""Dynamic conditional correlation beside a second implementation, written from the equations.

The second one is plain NumPy: a loop over volumes and pairs, free parameters under bounds, and
scipy's SLSQP from several starts, instead of compiled sums, transformed parameters and simplices.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from rewire.numerics.dynamic_correlation import conditional_correlations, fit_dcc, innovations

_SCAN = (
    "psilocybin-acute/sub-03/ses-psilocybin/func/"
    "sub-03_ses-psilocybin_task-rest_acq-post_seg-AAL90_stat-mean_timeseries.tsv"
)
_COLUMNS = [0, 25, 40, 66]
_STABLE = {"type": "ineq", "fun": lambda p: 0.9999 - p[-1] - p[-2]}


def _variances(e: np.ndarray, p: np.ndarray) -> np.ndarray:
    h = np.empty(len(e))
    h[0] = np.mean(e**2)
    for t in range(1, len(e)):
        h[t] = p[0] + p[1] * e[t - 1] ** 2 + p[2] * h[t - 1]
    return h


def _garch(e: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the highest log-likelihood of unit-variance series and its residuals."""

    def cost(p: np.ndarray) -> float:
        h = _variances(e, p)
        return 0.5 * float(np.sum(np.log(h) + e**2 / h))

    bounds = [(1e-8, 10.0), (0.0, 1.0), (0.0, 1.0)]
    starts = [(0.7, 0.2, 0.1), (0.3, 0.3, 0.4), (0.05, 0.05, 0.9), (0.1, 0.8, 0.1)]
    fits = [
        minimize(cost, p, method="SLSQP", bounds=bounds, constraints=_STABLE, tol=1e-10)
        for p in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    return -best.fun, e / np.sqrt(_variances(e, best.x))


def _correlations(u: np.ndarray, a: float, b: float) -> np.ndarray:
    target = sum(np.outer(row, row) for row in u) / len(u)
    q = target
    found = []
    for row in u:
        size = np.diag(1.0 / np.sqrt(np.diag(q)))
        found.append(size @ q @ size)
        q = target * (1.0 - a - b) + a * np.outer(row, row) + b * q
    return np.array(found)


def _composite(u: np.ndarray, a: float, b: float) -> float:
    """Return the mean log-likelihood over pairs, from 2 x 2 determinants and inverses."""
    path = _correlations(u, a, b)
    pairs = list(combinations(range(u.shape[1]), 2))
    total = 0.0
    for pair in pairs:
        matrices = path[:, pair][:, :, pair]
        both = u[:, pair]
        solved = np.linalg.solve(matrices, both[:, :, None])[:, :, 0]
        total -= 0.5 * np.sum(np.linalg.slogdet(matrices)[1] + (both * solved).sum(axis=1))
        total += 0.5 * np.sum(both**2)
    return total / len(pairs)


def _series(data: Path) -> np.ndarray:
    return pd.read_csv(data / _SCAN, sep="\t").to_numpy(dtype=float)[:, _COLUMNS]


@pytest.mark.real
@pytest.mark.parametrize("order", [0, 2])
@pytest.mark.parametrize("columns", [[0, 1], [0, 1, 2, 3]])
def test_both_implementations_agree(shared_data: Path, order: int, columns: list[int]) -> None:
    series = innovations(_series(shared_data)[:, columns], order)
    ours = fit_dcc(series)
    standard = (series - series.mean(axis=0)) / series.std(axis=0)
    stage = [_garch(e) for e in standard.T]
    theirs = np.array([loglik for loglik, _ in stage])
    scale = len(series) * np.log(series.std(axis=0))
    assert (ours.garch.loglik + scale >= theirs - 1e-4).all()
    assert (ours.garch.loglik + scale <= theirs + 0.05).all()
    u = ours.garch.residuals
    assert np.mean(np.abs(u - np.column_stack([r for _, r in stage]))) < 0.02
    assert _composite(u, ours.a, ours.b) == pytest.approx(ours.loglik, abs=1e-8)
    starts = [(0.05, 0.9), (0.2, 0.5), (0.4, 0.1), (0.02, 0.6)]
    fits = [
        minimize(
            lambda p: -_composite(u, p[0], p[1]),
            p,
            method="SLSQP",
            bounds=[(0.0, 1.0), (0.0, 1.0)],
            constraints=_STABLE,
            tol=1e-10,
        )
        for p in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    assert ours.loglik == pytest.approx(-best.fun, abs=1e-4)
    assert [ours.a, ours.b] == pytest.approx(best.x, abs=0.01)
    path = _correlations(u, *best.x)
    np.testing.assert_allclose(conditional_correlations(ours), path, atol=0.01)
