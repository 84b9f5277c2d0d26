"""Mixed models: closed forms, likelihood by hand, singular fits, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.mixed_criterion import MixedData, Profile, RandomTerm
from rewire.numerics.mixed_inference import KenwardRoger, satterthwaite
from rewire.numerics.mixed_model import fit_mixed


def _intercepts(groups: np.ndarray) -> RandomTerm:
    return RandomTerm("id", groups, np.ones((len(groups), 1)))


def _two_sessions(people: int, seed: int, spread: float = 1.5) -> MixedData:
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(people), 2)
    t = np.tile([0.0, 1.0], people)
    y = spread * rng.standard_normal(people)[groups] + 0.4 * t + rng.standard_normal(2 * people)
    return MixedData(y, np.column_stack([np.ones(len(t)), t]), (_intercepts(groups),))


def test_two_sessions_for_everybody_are_a_paired_t_test() -> None:
    data = _two_sessions(25, 0)
    change = data.response[1::2] - data.response[::2]
    paired = stats.ttest_1samp(change, 0.0)
    fit = fit_mixed(data)
    for found in (satterthwaite(fit), KenwardRoger(fit).tests()):
        assert found.estimate[1] == pytest.approx(change.mean())
        assert found.statistic[1] == pytest.approx(paired.statistic, rel=1e-5)
        assert found.df[1] == pytest.approx(24, rel=1e-4)
        assert found.p[1] == pytest.approx(paired.pvalue, rel=1e-4)


@pytest.mark.parametrize("criterion", ["REML", "ML"])
def test_the_criterion_is_minus_two_log_likelihood(criterion: str) -> None:
    rng = np.random.default_rng(1)
    n = 40
    groups, items = rng.integers(0, 8, n), rng.integers(0, 5, n)
    x = np.column_stack([np.ones(n), rng.standard_normal(n)])
    slopes = RandomTerm("g", groups, x)
    data = MixedData(rng.standard_normal(n), x, (_intercepts(items), slopes))
    theta, sigma = np.array([0.7, 0.9, -0.3, 0.5]), 1.3
    factor = np.array([[0.9, 0.0], [-0.3, 0.5]])
    v = np.eye(n) + 0.49 * (items[:, None] == items)
    v += (groups[:, None] == groups) * (x @ factor @ factor.T @ x.T)
    v *= sigma**2
    inverse = np.linalg.inv(v)
    beta = np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ data.response)
    left = data.response - x @ beta
    by_hand = np.linalg.slogdet(v)[1] + left @ inverse @ left
    if criterion == "REML":
        by_hand += np.linalg.slogdet(x.T @ inverse @ x)[1] + (n - 2) * np.log(2 * np.pi)
    else:
        by_hand += n * np.log(2 * np.pi)
    assert Profile(data, criterion).deviance(theta, sigma) == pytest.approx(by_hand, abs=1e-9)  # type: ignore[arg-type]


def test_without_random_terms_it_is_least_squares() -> None:
    rng = np.random.default_rng(2)
    x = np.column_stack([np.ones(30), rng.standard_normal(30)])
    y = rng.standard_normal(30)
    expected = stats.linregress(x[:, 1], y)
    found = satterthwaite(fit_mixed(MixedData(y, x, ())))
    assert found.estimate[1] == pytest.approx(expected.slope)
    assert found.p[1] == pytest.approx(expected.pvalue, rel=1e-5)
    assert found.df[1] == pytest.approx(28, rel=1e-5)


def test_planted_variances_are_recovered() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(400), 5)
    t = np.tile(np.arange(5.0), 400)
    covariance = np.array([[4.0, 0.6], [0.6, 0.5]])
    drawn = rng.multivariate_normal([0, 0], covariance, size=400)[groups]
    y = 3.0 - 0.5 * t + drawn[:, 0] + drawn[:, 1] * t + 1.2 * rng.standard_normal(2000)
    x = np.column_stack([np.ones(2000), t])
    fit = fit_mixed(MixedData(y, x, (RandomTerm("id", groups, x),)))
    assert fit.sigma == pytest.approx(1.2, rel=0.05)
    np.testing.assert_allclose(fit.random[0], covariance, atol=0.6)
    np.testing.assert_allclose(fit.estimate, [3.0, -0.5], atol=0.3)


def test_the_order_of_rows_and_terms_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 9, 60), rng.integers(0, 4, 60)
    y = rng.standard_normal(9)[a] + rng.standard_normal(4)[b] + rng.standard_normal(60)
    x = np.column_stack([np.ones(60), rng.standard_normal(60)])
    one = fit_mixed(MixedData(y, x, (_intercepts(a), _intercepts(b))))
    order = rng.permutation(60)
    other = fit_mixed(MixedData(y[order], x[order], (_intercepts(b[order]), _intercepts(a[order]))))
    assert other.deviance == pytest.approx(one.deviance, abs=1e-8)
    np.testing.assert_allclose(other.estimate, one.estimate, atol=1e-5)


def test_every_fault_is_named() -> None:
    groups = np.zeros(3, dtype=np.int64)
    with pytest.raises(ValueError, match=r"the fixed effects has 4 rows.*not finite"):
        fit_mixed(MixedData(np.array([1.0, np.nan, 2.0]), np.ones((4, 1)), (_intercepts(groups),)))
    with pytest.raises(ValueError, match="depend on one another"):
        fit_mixed(MixedData(np.arange(6.0), np.ones((6, 2)), ()))
    with pytest.raises(ValueError, match="2 rows for 2"):
        fit_mixed(MixedData(np.arange(2.0), np.eye(2), ()))
    with pytest.raises(ValueError, match="fitted by REML"):
        KenwardRoger(fit_mixed(_two_sessions(6, 0), "ML"))
