"""Dominance analysis against its definition, fitted model by model."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.dominance import assess_dominance, dominance_forms, fit_dominance


def explained(y: np.ndarray, x: np.ndarray) -> float:
    design = np.column_stack([np.ones(len(y)), x])
    left = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1.0 - float(left @ left) / float(((y - y.mean()) ** 2).sum())


def by_definition(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """What each predictor adds to every subset of the others, averaged size by size."""
    n = x.shape[1]
    table = np.zeros((n, n))
    for j in range(n):
        rest = [i for i in range(n) if i != j]
        for size in range(n):
            gains = [
                explained(y, x[:, [*s, j]]) - explained(y, x[:, list(s)])
                for s in combinations(rest, size)
            ]
            table[j, size] = np.mean(gains)
    return table


def mixed(seed: int = 1, n: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((60, n)) + rng.standard_normal((60, 1))
    return x[:, 0] + 0.5 * x[:, 1] + rng.standard_normal(60), 3.0 * x + 7.0


@pytest.mark.parametrize("n", [1, 2, 5])
def test_equals_the_definition(n: int) -> None:
    y, x = mixed(n=max(n, 2))
    x = x[:, :n]
    found = fit_dominance(y, x)
    np.testing.assert_allclose(found.conditional, by_definition(y, x), atol=1e-12)
    np.testing.assert_allclose(found.general, by_definition(y, x).mean(axis=1), atol=1e-12)
    assert found.r2 == pytest.approx(explained(y, x), abs=1e-12)


def test_two_correlated_predictors_worked_out_by_hand() -> None:
    """Correlations .6, .5 with the map and .5 between: R2 = (.36 + .25 - 2(.15)) / .75 = .31/.75.

    The first adds .36 to none and .31/.75 - .25 to the second; the mean is its dominance.
    """
    gram = np.array([[1.0, 0.5], [0.5, 1.0]])
    along = np.array([0.6, 0.5])
    found = np.einsum("a,kjab,b->jk", along, dominance_forms(gram), along)
    together = 0.31 / 0.75
    np.testing.assert_allclose(found, [[0.36, together - 0.25], [0.25, together - 0.36]])


def test_ranks() -> None:
    y, x = mixed()
    ranked = by_definition(stats.rankdata(y), stats.rankdata(x, axis=0))
    np.testing.assert_allclose(fit_dominance(y, x, "spearman").conditional, ranked, atol=1e-12)


def test_each_null_map_goes_through_the_same_analysis() -> None:
    y, x = mixed()
    nulls = np.random.default_rng(2).standard_normal((40, 60))
    found = assess_dominance(y, nulls, x)
    own = [fit_dominance(null, x) for null in nulls]
    np.testing.assert_allclose(found.null_r2, [o.r2 for o in own], atol=1e-12)
    general = np.array([o.general for o in own])
    np.testing.assert_allclose(found.null_general, general, atol=1e-12)
    assert found.p_r2 == (1 + sum(o.r2 >= found.found.r2 for o in own)) / 41
    np.testing.assert_allclose(found.p, (1 + (general >= found.found.general).sum(axis=0)) / 41)
    away = (general - general.mean(axis=0)) / general.std(axis=0)
    mine = (found.found.general - general.mean(axis=0)) / general.std(axis=0)
    reached = (away.max(axis=1)[:, None] >= mine).sum(axis=0)
    np.testing.assert_allclose(found.p_max, (1 + reached) / 41)


def test_fifteen_predictors_add_up_and_sixteen_are_refused() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((100, 16)), rng.standard_normal(100)
    found = fit_dominance(y, x[:, :15])
    assert found.r2 == pytest.approx(explained(y, x[:, :15]), abs=1e-10)
    with pytest.raises(ValueError, match="15 at most"):
        fit_dominance(y, x)


def test_what_cannot_be_told_apart_is_refused() -> None:
    y, x = mixed()
    x[:, 2] = x[:, 0] + x[:, 1]
    with pytest.raises(ValueError, match="repeat one another"):
        fit_dominance(y, x)
    x[:, 2] = 4.0
    with pytest.raises(ValueError, match="does not vary"):
        fit_dominance(y, x)
    with pytest.raises(ValueError, match="too few"):
        fit_dominance(y[:6], x[:6])


def test_a_flat_map_has_no_dominance() -> None:
    _, x = mixed()
    found = assess_dominance(np.ones(60), np.random.default_rng(0).random((9, 60)), x)
    assert np.isnan([found.found.r2, found.p_r2, *found.p, *found.p_max]).all()
