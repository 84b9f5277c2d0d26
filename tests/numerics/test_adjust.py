"""Adjusted p."""

import numpy as np
import pytest

from rewire.numerics.adjust import adjust_p

P = np.array([0.01, 0.04, 0.03, 0.005, np.nan])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # sorted .005 .01 .03 .04 times 4/1 4/2 4/3 4/4, minimum from the right
        ("fdr_bh", [0.02, 0.04, 0.04, 0.02]),
        # times 4 3 2 1, maximum from the left
        ("holm", [0.03, 0.06, 0.06, 0.02]),
        ("bonferroni", [0.04, 0.16, 0.12, 0.02]),
        ("none", [0.01, 0.04, 0.03, 0.005]),
    ],
)
def test_by_hand(method: str, expected: list[float]) -> None:
    found = adjust_p(P, method)  # type: ignore[arg-type]
    np.testing.assert_allclose(found[:4], expected)
    assert np.isnan(found[4])


def test_never_above_one_and_nothing_from_nothing() -> None:
    assert adjust_p(np.array([0.9, 0.8]), "bonferroni").max() == 1.0
    assert adjust_p(np.array([]), "fdr_bh").shape == (0,)
    assert np.isnan(adjust_p(np.array([np.nan]), "holm")).all()
