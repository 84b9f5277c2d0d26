"""Fisher's test, its mid-p, and Boschloo's."""

import math

import pytest
from scipy import stats

from rewire.numerics.exact_tests import boschloo_p, fisher_mid_p, fisher_p
from rewire.numerics.risk import Counts


def test_the_lady_tasting_tea() -> None:
    """3 of 4 against 1 of 4 (Fisher 1935): tables 0, 1, 3, 4 of 1, 16, 36, 16, 1 in 70."""
    counts = Counts(3, 4, 1, 4)
    assert fisher_p(counts) == pytest.approx(34 / 70)
    assert fisher_mid_p(counts) == pytest.approx((1 + 1 + 0.5 * 32) / 70)


@pytest.mark.parametrize("table", [(3, 12, 9, 11), (0, 5, 4, 6), (10, 35, 24, 61), (7, 9, 7, 9)])
def test_fisher_as_scipy(table: tuple[int, int, int, int]) -> None:
    a, n, b, m = table
    assert fisher_p(Counts(*table)) == pytest.approx(
        stats.fisher_exact([[a, b], [n - a, m - b]]).pvalue
    )


def test_boschloo_as_published() -> None:
    """StatXact 11 gives 0.1513 one-sided for 10 of 35 against 24 of 61 (manual of exact2x2)."""
    assert boschloo_p(Counts(24, 61, 10, 35)) == pytest.approx(2 * 0.1513, abs=1e-4)


def test_nothing_happened_and_nobody() -> None:
    assert boschloo_p(Counts(0, 5, 0, 6)) == 1.0
    assert fisher_p(Counts(0, 5, 0, 6)) == 1.0
    for test in (fisher_p, fisher_mid_p, boschloo_p):
        assert math.isnan(test(Counts(0, 0, 1, 4)))
