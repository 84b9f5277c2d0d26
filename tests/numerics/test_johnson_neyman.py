"""The Johnson-Neyman region: roots by hand, R's numbers, and what the critical values are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rewire.numerics.johnson_neyman import EffectLine, count_inside, critical_t, region

# R 4.2.2, lm(y ~ b + d * age) of test_contrasts.py: effect of psilocybin against age.
LINE = EffectLine(
    -9.56584393197, 0.09350767504, 13.14638406909, 0.007157111660, -0.29960948264, 25.0
)


def test_effect_at_stated_values_as_r_has_it() -> None:
    """R 4.2.2: ``coef(lm(y ~ b + d * I(age - 30)))`` and the same at 60."""
    assert LINE.at(np.array([30.0, 60.0])) == pytest.approx([-6.7606136808, -3.95538342964])
    assert LINE.se(np.array([30.0, 60.0])) == pytest.approx([1.2693366792, 1.7201302654])


def test_roots_by_hand() -> None:
    # Effect 1 + x with errors of both 1 and no covariance, c = 2:
    # (1 + x)^2 = 4 (1 + x^2) has no real root, so the effect is nowhere significant.
    assert region(EffectLine(1.0, 1.0, 1.0, 1.0, 0.0, 9.0), 2.0, -9.0, 9.0) == ()
    # (2 + x)^2 = 4 (0.25 + 0.0625 x^2): 0.75 x^2 + 4 x + 3 = 0, roots (-4 -+ sqrt 7) / 1.5.
    line = EffectLine(2.0, 1.0, 0.25, 0.0625, 0.0, 9.0)
    low, high = (-4.0 - np.sqrt(7.0)) / 1.5, (-4.0 + np.sqrt(7.0)) / 1.5
    (first, second) = region(line, 2.0, -10.0, 10.0)
    assert first == pytest.approx((-10.0, low))
    assert second == pytest.approx((high, 10.0))
    # Cut to what was observed, and nothing beyond it.
    assert region(line, 2.0, -3.0, 0.0) == (pytest.approx((high, 0.0)),)
    assert region(line, 2.0, -3.0, -1.0) == ()


def test_region_in_the_middle_and_whole_range() -> None:
    # Slope variance large: (2 + 0x)^2 = 4 (0.25 + x^2) at x = -+ sqrt(0.75).
    line = EffectLine(2.0, 0.0, 0.25, 1.0, 0.0, 9.0)
    (found,) = region(line, 2.0, -5.0, 5.0)
    assert found == pytest.approx((-np.sqrt(0.75), np.sqrt(0.75)))
    assert region(line, 2.0, -0.5, 0.5) == ((-0.5, 0.5),)
    assert count_inside(np.array([-1.0, -0.5, 0.2, np.nan]), (found,)) == 2


def test_bounds_are_where_the_statistic_is_critical() -> None:
    critical = critical_t(LINE, np.arange(27.0, 62.0), 0.95, "pointwise")
    assert critical == pytest.approx(stats.t.ppf(0.975, 25))
    (found,) = region(LINE, critical, 27.0, 90.0)
    assert found[0] == 27.0
    edge = np.array([found[1]])
    assert abs(LINE.at(edge) / LINE.se(edge))[0] == pytest.approx(critical, rel=1e-9)


def test_false_discovery_rate_by_hand() -> None:
    # Effect x with error 1 and very many df: |t| = |x|. p of 0.5, 2.1, 2.3, 3 are .617, .0357,
    # .0214, .0027; limits .05, .0375, .025, .0125 from the largest: the three smallest pass.
    line = EffectLine(0.0, 1.0, 1.0, 0.0, 0.0, 1e9)
    x = np.array([0.5, 2.1, 2.3, 3.0, 3.0, np.nan])
    assert critical_t(line, x, 0.95, "fdr") == pytest.approx(stats.norm.ppf(1 - 0.0375 / 2))
    # None passes: the least p would have had to be below .05 / 2.
    few = critical_t(line, np.array([0.5, 1.0]), 0.95, "fdr")
    assert few == pytest.approx(stats.norm.ppf(1 - 0.0125))


def test_one_region_is_stricter_than_another() -> None:
    x = np.arange(27.0, 62.0)
    pointwise, held = (critical_t(LINE, x, 0.95, r) for r in ("pointwise", "simultaneous"))
    assert held == pytest.approx(np.sqrt(2.0 * stats.f.ppf(0.95, 2, 25)))
    assert pointwise <= critical_t(LINE, x, 0.95, "fdr")
    assert pointwise < held


def test_nothing_is_said_of_what_is_not_known() -> None:
    unknown = EffectLine(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan)
    assert np.isnan(critical_t(unknown, np.arange(3.0), 0.95, "fdr"))
    assert region(unknown, 2.0, 0.0, 1.0) == ()
    assert np.isnan(critical_t(LINE, np.array([np.nan]), 0.95, "fdr"))
