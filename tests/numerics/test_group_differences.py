"""Groups against a score: F by hand and by scipy, the share of false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import f_oneway

from rewire.numerics.group_differences import assess_difference


def test_f_is_that_of_an_analysis_of_variance() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [9, 7, 12])
    values = rng.normal(size=28) + 0.7 * labels
    found = assess_difference(values, labels, np.ones((28, 1)), 4999, rng)
    theirs = f_oneway(*(values[labels == g] for g in range(3)))
    assert found.f == pytest.approx(theirs.statistic)
    assert found.p == pytest.approx(theirs.pvalue, abs=0.02)
    assert (found.df, found.df_residual) == (2.0, 25.0)


def test_what_arms_explain_is_not_the_groups() -> None:
    rng = np.random.default_rng(1)
    arm = np.repeat([0.0, 1.0], 20)
    values = 10.0 * arm + rng.normal(size=40)
    labels = (rng.random(40) < 0.2 + 0.6 * arm).astype(np.int64)
    held = np.column_stack([np.ones(40), arm])
    assert assess_difference(values, labels, held, 999, rng).p > 0.05
    assert assess_difference(values, labels, held[:, :1], 999, rng).p < 0.01


def test_nothing_to_explain_is_nan() -> None:
    labels = np.repeat([0, 1], 4)
    found = assess_difference(np.ones(8), labels, np.ones((8, 1)), 99, np.random.default_rng(0))
    assert np.isnan([found.f, found.p, found.eta_squared]).all()
