"""Contrasts of groups: against R's lm, and what is said where groups are too small."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.contrasts import GroupModel, cell_means_model, fit_contrasts, joint_test
from rewire.numerics.equivalence import equivalence_raw
from rewire.numerics.factorial import crossed_contrasts, nested_contrasts

NONE = np.empty((30, 0))
GROUP = np.repeat(np.arange(6), 5)  # drug slowest, context fastest: a, b, none
# fmt: off
BEFORE = np.array([
    22, 19, 25, 30, 17, 21, 24, 20, 28, 26, 18, 23, 27, 29, 20,
    24, 22, 26, 19, 31, 20, 25, 23, 18, 27, 21, 28, 22, 24, 26,
], dtype=float)
AFTER = np.array([
    9, 8, 14, 17, 5, 12, 13, 9, 20, 15, 14, 15, 21, 20, 13,
    20, 18, 19, 15, 27, 17, 22, 19, 13, 21, 19, 24, 20, 19, 23,
], dtype=float)
AGE = np.array([
    34, 51, 28, 45, 39, 61, 33, 42, 29, 50, 37, 48, 55, 31, 40,
    44, 36, 58, 27, 49, 53, 30, 41, 46, 38, 35, 47, 32, 57, 43,
], dtype=float)
# fmt: on


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(1)


def test_three_contexts_by_two_drugs_as_r_has_them() -> None:
    """R 4.2.2: ``lm(y ~ 0 + cell + I(b - mean(b)) + I(age - mean(age)))``, contrasts by hand.

    The joint F is that of ``anova(lm(y ~ d + x + b + age), lm(y ~ d * x + b + age))``.
    """
    contrasts = crossed_contrasts(2, 3, 1, 2)
    weights = np.array([c.weights for c in contrasts])
    model = cell_means_model(AFTER[:, None], GROUP, AGE[:, None], BEFORE[:, None])
    fit = fit_contrasts(model, weights)
    by = {(c.part, c.first, c.second): i for i, c in enumerate(contrasts)}
    expected = {
        ("first", 0, -1): (-5.675222746, 0.4970628216),
        ("second", -1, 0): (-3.375020118, 0.6083876254),
        ("interaction", 0, 0): (-3.991017601, 1.2179200112),
        ("interaction", 0, 1): (-1.931845900, 1.2223788760),
        ("first within", 0, 0): (-7.691952513, 0.8712084097),
    }
    for key, (estimate, se) in expected.items():
        assert fit.estimate[by[key], 0] == pytest.approx(estimate, rel=1e-8)
        assert fit.se[by[key], 0] == pytest.approx(se, rel=1e-8)
    assert fit.p[by["interaction", 0, 0], 0] == pytest.approx(3.445565656e-03, rel=1e-7)
    assert set(fit.df[:, 0]) == {22.0}
    assert fit.sigma[0] == pytest.approx(1.357190496, rel=1e-8)
    both = np.array([by["interaction", 0, 0], by["interaction", 0, 1]])
    joint = joint_test(fit, both)
    assert joint.statistic[0] == pytest.approx(5.36919882416, rel=1e-8)
    assert joint.p[0] == pytest.approx(0.01261879471, rel=1e-7)


def test_equivalence_as_r_has_it() -> None:
    """R 4.2.2: ``max(pt((e + bound)/se, 22, lower = FALSE), pt((e - bound)/se, 22))``."""
    bound = np.array([0.5 * BEFORE.std(ddof=1)])
    found = [
        equivalence_raw(np.array([e]), np.array([se]), np.array([22.0]), bound)[0]
        for e, se in (
            (-5.675222746, 0.4970628216),
            (-3.375020118, 0.6083876254),
            (-3.991017601, 1.2179200112),
        )
    ]
    assert found == pytest.approx([0.9999999317, 0.988122827, 0.9501928547], rel=1e-7)


def test_equivalence_at_the_edge_of_the_ninety_percent_interval() -> None:
    half = stats.t.ppf(0.95, 12.0) * 2.0
    bound = np.array([1.0 + half])
    p = equivalence_raw(np.array([1.0]), np.array([2.0]), np.array([12.0]), bound)
    assert p[0] == pytest.approx(0.05, rel=1e-9)
    nothing = equivalence_raw(np.array([1.0]), np.array([2.0]), np.array([12.0]), np.array([0.0]))
    assert np.isnan(nothing[0])


def test_two_by_two_interaction_is_the_difference_of_differences() -> None:
    group = np.repeat(np.arange(4), [3, 4, 5, 6])
    y = np.array([3, 5, 4, 9, 8, 7, 6, 1, 2, 3, 4, 5, 8, 8, 9, 7, 6, 10], dtype=float)
    (found,) = [c for c in crossed_contrasts(2, 2, 0, 0) if c.part == "interaction"]
    model = cell_means_model(y[:, None], group, np.empty((18, 0)), None)
    fit = fit_contrasts(model, found.weights[None])
    # Cell means 4, 7.5, 3, 8: (8 - 3) - (7.5 - 4).
    assert fit.estimate[0, 0] == pytest.approx(1.5)


def test_cells_with_holes_are_fitted_as_if_alone(rng: np.random.Generator) -> None:
    response = AFTER[:, None] + rng.standard_normal((30, 4))
    own = BEFORE[:, None] + rng.standard_normal((30, 4))
    response[3, 1] = own[7, 2] = np.nan
    weights = np.array([c.weights for c in crossed_contrasts(2, 3, 0, 0)])
    whole = fit_contrasts(cell_means_model(response, GROUP, AGE[:, None], own), weights)
    assert whole.n.tolist() == [30, 29, 29, 30]
    for cell in range(4):
        one = slice(cell, cell + 1)
        alone = cell_means_model(response[:, one], GROUP, AGE[:, None], own[:, one])
        fit = fit_contrasts(alone, weights)
        np.testing.assert_allclose(whole.estimate[:, one], fit.estimate, rtol=1e-12)
        np.testing.assert_allclose(whole.se[:, one], fit.se, rtol=1e-12)


def test_a_group_of_two_takes_its_contrasts_with_it_and_no_others() -> None:
    kept = np.ones(30, dtype=bool)
    kept[:3] = False  # two people are left in psilocybin, a
    group = np.where(kept, GROUP, -1)
    contrasts = crossed_contrasts(2, 3, 1, 2)
    fit = fit_contrasts(
        cell_means_model(AFTER[:, None], group, NONE, BEFORE[:, None]),
        np.array([c.weights for c in contrasts]),
    )
    needs = np.array([c.weights[0] != 0.0 for c in contrasts])
    assert np.isnan(fit.estimate[needs]).all()
    assert set(fit.status[needs, 0]) == {"too few participants"}
    assert np.isfinite(fit.estimate[~needs]).all()
    assert fit.counts[:, 0].tolist() == [2, 5, 5, 5, 5, 5]
    assert fit.n[0] == 25


def test_what_a_covariate_shares_with_the_groups_cannot_be_told_apart() -> None:
    site = (GROUP >= 3).astype(float)[:, None]
    fit = fit_contrasts(cell_means_model(AFTER[:, None], GROUP, site, None), np.eye(6))
    assert set(fit.status[:, 0]) == {"singular model"}
    flat = fit_contrasts(cell_means_model(np.ones((30, 1)), GROUP, NONE, None), np.eye(6))
    assert set(flat.status[:, 0]) == {"no variance"}
    steady = cell_means_model(AFTER[:, None], GROUP, NONE, np.full((30, 1), 20.0))
    assert set(fit_contrasts(steady, np.eye(6)).status[:, 0]) == {"singular model"}


def test_slopes_within_arms_as_r_has_them() -> None:
    """R 4.2.2: ``lm(y ~ b + d * age)``; coefficients and ``vcov``, df 25."""
    arm = (GROUP >= 3).astype(int)  # 0 psilocybin, 1 placebo
    means = np.eye(2)[arm]
    model = GroupModel(
        AFTER[:, None],
        arm,
        np.column_stack([means, means * AGE[:, None]]),
        np.array([0, 1, 0, 1]),
        NONE,
        BEFORE[:, None],
    )
    fit = fit_contrasts(model, np.array([[1.0, -1, 0, 0], [0, 0, 1, -1], [0, 0, 1, 0]]))
    assert fit.estimate[:, 0] == pytest.approx(
        [-9.56584393197, 0.09350767504, 0.02561536969], rel=1e-8
    )
    assert fit.covariance[0, :2, :2].ravel() == pytest.approx(
        [13.14638406909, -0.29960948264, -0.29960948264, 0.007157111660], rel=1e-8
    )
    assert fit.se[2, 0] == pytest.approx(0.05740604707, rel=1e-8)
    assert set(fit.df[:, 0]) == {25.0}


def test_therapies_nested_in_drugs() -> None:
    contrasts = nested_contrasts((2, 3), 1)
    assert [c.part for c in contrasts] == ["first"] + ["second within"] * 3
    weights = np.array([c.weights for c in contrasts])
    assert weights[0].tolist() == pytest.approx([0.5, 0.5, -1 / 3, -1 / 3, -1 / 3])
    assert weights[1:].tolist() == [[1, -1, 0, 0, 0], [0, 0, 1, 0, -1], [0, 0, 0, 1, -1]]
